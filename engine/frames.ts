import type { Pipeline, Step } from '../pipeline/ir/types.js';
import { NO_USAGE } from './usage.js';
import type { Frame, Json, Part, RunState } from './state.js';

/** Derived data of a frame hangs under symbols, where JSON does not see it: E1. */
const DEFINITION = Symbol('definition');
interface Derived {
  [DEFINITION]?: Step | readonly Step[];
}

/** The one place where a frame is made: all have the same fields in the same order. */
export function createFrame(position: Pick<Frame, 'path' | 'parent' | 'kind' | 'part' | 'then'>, startedAt: number, input: Json): Frame {
  return {
    path: position.path,
    parent: position.parent,
    kind: position.kind,
    part: position.part,
    then: position.then,
    startedAt,
    input,
    writes: null,
    try: 0,
    feedback: null,
    tries: [],
    tryUsage: NO_USAGE,
    usage: NO_USAGE,
    counts: {},
    metadata: {},
    branchContext: null,
    steps: [],
    own: null,
  };
}

/** The frame's definition: the parent's, narrowed by the frame's part. */
export function definitionOf(pipeline: Pipeline, state: RunState, frame: Frame): Step | readonly Step[] {
  const derived = frame as Derived;
  return (derived[DEFINITION] ??=
    frame.parent === null ? pipeline.steps : within(definitionOf(pipeline, state, state.frames[frame.parent]!), frame.part));
}

function within(definition: unknown, part: Part): Step | readonly Step[] {
  // The checked pipeline has the shape that made the part; a path of names is walked through own properties only.
  const keys = typeof part === 'number' ? [part] : part;
  return keys.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], definition) as Step | readonly Step[];
}

export function stepOf(pipeline: Pipeline, state: RunState, frame: Frame): Step {
  return definitionOf(pipeline, state, frame) as Step;
}

/** The frame and those around it, innermost first. */
export function* enclosing(state: RunState, frame: Frame): Generator<Frame> {
  for (let each: Frame | undefined = frame; each; each = each.parent === null ? undefined : state.frames[each.parent]) yield each;
}

export function joinPath(parent: string, segment: string): string {
  return parent === '' ? segment : `${parent}/${segment}`;
}
