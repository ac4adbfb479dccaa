import type { Expr } from '../pipeline/expression/ast.js';
import type { JsonObject, Pipeline } from '../pipeline/ir/types.js';
import { KINDS } from './steps/index.js';
import { enclosing } from './frames.js';
import type { Frame, Json, RunState } from './state.js';
import type { Sequence } from './steps/sequence.js';

const VIEW = Symbol('visible outputs');
const READ = Symbol('names read');
interface Derived {
  [VIEW]?: JsonObject;
}
interface DerivedRun {
  [READ]?: ReadonlySet<string> | 'all';
}

/**
 * `steps`: the outputs of finished steps in the own sequence and the enclosing ones, as `{name: {output}}`.
 * The view of a sequence grows in place; an expression can't return it, since `steps` is read by name only.
 */
export function visibleOutputs(pipeline: Pipeline, state: RunState, frame: Frame): JsonObject {
  for (const each of enclosing(state, frame)) if (KINDS[each.kind].isTransparent) return viewOf(pipeline, state, each as Frame<Sequence>);
  return {};
}

function viewOf(pipeline: Pipeline, state: RunState, sequence: Frame<Sequence>): JsonObject {
  const derived = sequence as Derived;
  if (derived[VIEW]) return derived[VIEW];
  const view: JsonObject = sequence.parent === null ? {} : { ...visibleOutputs(pipeline, state, state.frames[sequence.parent]!) };
  for (const [name, output] of Object.entries(sequence.own.outputs)) view[name] = { output };
  return (derived[VIEW] = view);
}

/** Keeps an output only where some expression can read it, so that a long sequence does not carry all of them. */
export function rememberOutput(pipeline: Pipeline, state: RunState, parent: Frame, name: string, output: Json): void {
  if (!KINDS[parent.kind].isTransparent) return;
  const read = ((state as DerivedRun)[READ] ??= namesRead(pipeline));
  if (read !== 'all' && !read.has(name)) return;
  (parent as Frame<Sequence>).own.outputs[name] = output;
  viewOf(pipeline, state, parent as Frame<Sequence>)[name] = { output };
}

/** Every `x` of a `steps.x` in the pipeline; `all` when one is computed, or when a tool gets all names. */
function namesRead(pipeline: Pipeline): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  return collect(pipeline.steps, names) && collect(pipeline.agents ?? {}, names) ? names : 'all';
}

/** False when the names can't be told. */
function collect(node: unknown, names: Set<string>): boolean {
  if (typeof node !== 'object' || node === null) return true;
  if (!Array.isArray(node)) {
    if (isMapperTool(node)) return false;
    return Object.values(node).every((each) => collect(each, names));
  }
  const [tag, target, key] = node as unknown as [string, unknown, unknown];
  if (Array.isArray(target) && target[0] === 'name' && target[1] === 'steps') {
    if (tag === 'field' || tag === 'ask' || tag === 'has') names.add(key as string);
    else if (tag === 'index') {
      const [kind, literal] = key as Expr;
      if (kind !== 'lit' || typeof literal !== 'string') return false;
      names.add(literal);
    }
  }
  return node.every((each) => collect(each, names));
}

/** A tool in place of an expression gets every name, `steps` included. A tool step has a kind and a name beside its tool. */
function isMapperTool(node: object): boolean {
  return 'tool' in node && !('kind' in node);
}
