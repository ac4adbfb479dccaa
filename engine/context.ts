import type { Json, JsonObject, JsonSchema, Pipeline, Step } from '../pipeline/ir/types.js';
import { jsonBytes } from '../pipeline/values/boundary.js';
import { isObject } from '../pipeline/values/json.js';
import { knownFields, schemaDefaults } from '../pipeline/schema/fields.js';
import { formatViolations, validate } from '../pipeline/schema/validate.js';
import type { RunOptions } from './options.js';
import type { Frame, RunState } from './state.js';

/**
 * The author's data. A frame stores only what it changed; reading overlays the changes along its parents.
 * A context is never rolled back: a frame that fails is forgotten with its changes.
 */
const VIEW = Symbol('context view');
const BYTES = Symbol('context bytes');
interface Derived {
  [VIEW]?: JsonObject;
  [BYTES]?: number;
}

/** Written by the engine only: never merged, never written by authors. */
const ENGINE_FIELDS: readonly string[] = ['runId', 'initialInput', 'hitlHistory'];
const MAX_BYTES = 1024 * 1024;

/** Schema defaults, then the pipeline's fields, then the run's; or what is wrong with them. */
export function initialContext(pipeline: Pipeline, options: RunOptions): { context: JsonObject } | { fault: string } {
  const context = fields({ ...schemaDefaults(pipeline.contextSchema), ...pipeline.context, ...options.context });
  const fault = faultOf(pipeline.contextSchema, context, jsonBytes(context));
  return fault === null ? { context } : { fault };
}

function fields(context: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(context).filter(([name]) => !ENGINE_FIELDS.includes(name)));
}

/** The author's fields as the frame sees them. */
export function contextOf(state: RunState, frame: Frame): JsonObject {
  const derived = frame as Derived;
  if (derived[VIEW]) return derived[VIEW];
  const outer = frame.parent === null ? {} : contextOf(state, state.frames[frame.parent]!);
  return (derived[VIEW] = frame.writes === null ? outer : overlay(outer, frame.writes));
}

function overlay(outer: JsonObject, writes: JsonObject): JsonObject {
  const view = { ...outer };
  for (const [name, value] of Object.entries(writes)) setField(view, name, value);
  return view;
}

/** Plain assignment would call the `__proto__` setter. */
function setField(target: JsonObject, name: string, value: Json): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** The context as it is shown: the author's fields and the engine's. */
export function shownContext(state: RunState, view: JsonObject): JsonObject {
  return { ...view, runId: state.runId, initialInput: state.input, hitlHistory: state.hitlHistory as unknown as Json[] };
}

function bytesOf(state: RunState, frame: Frame): number {
  const derived = frame as Derived;
  if (derived[BYTES] !== undefined) return derived[BYTES];
  if (frame.parent === null) return (derived[BYTES] = jsonBytes(frame.writes ?? {}));
  const outer = state.frames[frame.parent]!;
  return (derived[BYTES] = bytesOf(state, outer) + growth(contextOf(state, outer), frame.writes ?? {}));
}

function growth(view: JsonObject, writes: JsonObject): number {
  const size = (name: string, value: Json) => jsonBytes(name) + jsonBytes(value) + 2;
  return Object.entries(writes).reduce(
    (sum, [name, value]) => sum + size(name, value) - (Object.hasOwn(view, name) ? size(name, view[name]!) : 0),
    0,
  );
}

/** Takes over the changes of a child that succeeded. */
export function adopt(frame: Frame, writes: JsonObject | null): void {
  if (writes === null) return;
  frame.writes = frame.writes === null ? writes : overlay(frame.writes, writes);
  const derived = frame as Derived;
  delete derived[VIEW];
  delete derived[BYTES];
}

/** What a successful step adds to its frame's changes, or why it can't. */
export type Written = { readonly fault: string } | { readonly skipped: readonly string[] };

/** A `contextPatch`, then `updatesContext`, then `sinkTo`, then one check of the whole context. Nothing is written when anything is wrong. */
export function writeContext(
  pipeline: Pipeline,
  state: RunState,
  frame: Frame,
  step: Step,
  output: Json,
  patch: JsonObject | undefined,
): Written {
  const updates = step.updatesContext === true && isObject(output) ? output : null;
  if (!patch && !updates && step.sinkTo === undefined) return { skipped: [] };

  const known = knownFields(pipeline.contextSchema);
  const isUnknown = (name: string) => ENGINE_FIELDS.includes(name) || (known !== null && !known.includes(name));
  const entries = [...Object.entries(patch ?? {}), ...Object.entries(updates ?? {})];
  const skipped = [...new Set(entries.map(([name]) => name).filter(isUnknown))];
  if (skipped.length > 0 && step.validateFields) return { fault: `Context update failed: unknown field '${skipped[0]}'` };

  const view = contextOf(state, frame);
  const writes: JsonObject = {};
  for (const [name, value] of entries) if (!isUnknown(name)) setField(writes, name, value);
  if (step.sinkTo !== undefined) {
    const fault = sink(overlay(view, writes), writes, step.sinkTo, output);
    if (fault !== null) return { fault };
  }
  const fault = faultOf(pipeline.contextSchema, overlay(view, writes), bytesOf(state, frame) + growth(view, writes));
  if (fault !== null) return { fault: `Context validation failed: ${fault}` };
  if (Object.keys(writes).length > 0) adopt(frame, writes);
  return { skipped };
}

function sink(view: JsonObject, writes: JsonObject, sinkTo: string, output: Json): string | null {
  const [field, ...rest] = sinkTo.replace(/^context\./, '').split('.') as [string, ...string[]];
  const value = rest.length === 0 ? output : place(Object.hasOwn(view, field) ? view[field]! : {}, rest, output, [field]);
  if (value instanceof Blocked) return `Cannot write sinkTo '${sinkTo}': '${value.part}' is not an object`;
  setField(writes, field, value);
  return null;
}

class Blocked {
  constructor(readonly part: string) {}
}

/** A copy of `target` with `output` at the path below it; objects are copied on the way, never changed. */
function place(target: Json, path: readonly string[], output: Json, above: readonly string[]): Json | Blocked {
  if (!isObject(target)) return new Blocked(above.at(-1)!);
  const [name, ...rest] = path as [string, ...string[]];
  const inner = rest.length === 0 ? output : place(Object.hasOwn(target, name) ? target[name]! : {}, rest, output, [...above, name]);
  if (inner instanceof Blocked) return inner;
  const copy = { ...target };
  setField(copy, name, inner);
  return copy;
}

function faultOf(schema: JsonSchema | undefined, context: JsonObject, bytes: number): string | null {
  if (bytes > MAX_BYTES) return 'more than 1 MiB';
  if (schema === undefined) return null;
  const violations = validate(schema, context);
  return violations.length === 0 ? null : formatViolations(violations);
}
