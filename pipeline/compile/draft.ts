import { pointerOf } from '../ir/pointer.js';
import { branchSegment } from '../values/path-segment.js';
import type { Json, JsonObject } from '../values/json.js';
import { isObject } from '../values/json.js';
import type { Scope } from './scope.js';
import type { Text } from './texts.js';

/** A pipeline between document and IR: plain data that may still be wrong anywhere, its steps found, its texts parsed. */
export interface Draft {
  readonly document: JsonObject;
  readonly sites: readonly Site[];
  readonly texts: readonly Text[];
  /** A key of the IR as this author spells it. */
  readonly spell: (key: string) => string;
}

/** One step and where it stands. */
export interface Site {
  readonly step: JsonObject;
  readonly kind: string;
  readonly name: string;
  readonly path: string;
  readonly pointer: string;
  readonly scope: Scope;
  /** A limit on cost holds around this step, or is its own. */
  readonly isCostLimited: boolean;
}

/** The value of an own key; null counts as absent, as it does for every optional key of the language. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}

export function textOf(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === 'string' ? value : undefined;
}

export function objectOf(object: JsonObject, key: string): JsonObject | undefined {
  const value = own(object, key);
  return isObject(value) ? value : undefined;
}

/** Declared agents by id. */
export function agentsOf(document: JsonObject): [id: string, agent: JsonObject][] {
  const agents = Object.entries(objectOf(document, 'agents') ?? {});
  return agents.flatMap(([id, agent]): [string, JsonObject][] => (isObject(agent) ? [[id, agent]] : []));
}

interface Place {
  readonly keys: readonly (string | number)[];
  readonly path: string;
  readonly outer: Scope | null;
  readonly isCostLimited: boolean;
}

/** All steps, in the order of the document. */
export function findSites(document: JsonObject): Site[] {
  const sites: Site[] = [];
  walk(own(document, 'steps'), { keys: ['steps'], path: '', outer: null, isCostLimited: hasCostLimit(document) });
  return sites;

  function walk(steps: Json | undefined, { keys, path, outer, isCostLimited }: Place): void {
    if (!Array.isArray(steps)) return;
    const first = new Map<string, number>();
    for (const [index, step] of steps.entries()) {
      if (!isObject(step)) continue;
      const name = textOf(step, 'name') ?? '';
      const scope = { outer, first, index };
      const place = { keys: [...keys, index], path: `${path}${name}`, outer: scope, isCostLimited: isCostLimited || hasCostLimit(step) };
      sites.push({
        step,
        kind: textOf(step, 'kind') ?? '',
        name,
        path: place.path,
        pointer: pointerOf(place.keys),
        scope,
        isCostLimited: place.isCostLimited,
      });
      for (const sequence of sequencesOf(step)) {
        walk(sequence.steps, { ...place, keys: [...place.keys, ...sequence.keys], path: `${place.path}/${sequence.segment}/` });
      }
      if (name !== '' && !first.has(name)) first.set(name, index);
    }
  }
}

function hasCostLimit(holder: JsonObject): boolean {
  const limit = own(objectOf(holder, 'limits') ?? {}, 'costUsd');
  return limit !== undefined && limit !== 'unlimited';
}

interface Sequence {
  readonly keys: readonly string[];
  readonly segment: string;
  readonly steps: Json | undefined;
}

/** The sequences inside a step, whatever its kind is, in the order of its keys. */
function sequencesOf(step: JsonObject): Sequence[] {
  return Object.keys(step).flatMap((key): Sequence[] => {
    if (key === 'branches') {
      const branches = Object.entries(objectOf(step, 'branches') ?? {});
      return branches.map(([branch, steps]) => ({ keys: ['branches', branch], segment: branchSegment(branch), steps }));
    }
    if (key === 'default') return [{ keys: ['default'], segment: 'default', steps: own(step, 'default') }];
    if (key !== 'onTimeout') return [];
    return [{ keys: ['onTimeout', 'steps'], segment: 'timeout', steps: own(objectOf(step, 'onTimeout') ?? {}, 'steps') }];
  });
}
