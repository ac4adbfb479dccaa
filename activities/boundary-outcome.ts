import type { CallOutcome } from '../engine/commands.js';
import { toJson, type Serializers } from '../pipeline/values/boundary.js';

type Kept = Extract<CallOutcome, { outcome: 'ok' | 'notSerializable' }>;

/** A value as it leaves the worker: plain JSON within its bounds, or what can't be kept of it. Never throws, since it may have been paid for. */
export function checkValue(value: unknown, serializers: Serializers = []): Kept {
  const json = toJson(value, { serializers });
  return json.ok ? { outcome: 'ok', output: json.value } : { outcome: 'notSerializable', what: json.what, path: json.path };
}
