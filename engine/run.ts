import type { Expression, JsonObject, Step, ToolCall as ToolMapper } from '../pipeline/ir/types.js';
import { ExpressionError, evaluate } from '../pipeline/expression/evaluate.js';
import { issueCall } from './calls.js';
import { closeRoot } from './closing.js';
import type { Command, StepReference } from './commands.js';
import { adopt, contextOf, shownContext } from './context.js';
import { estimateTool } from './estimate.js';
import { createFrame, definitionOf, joinPath } from './frames.js';
import type { CallRequest, Vocabulary } from './kind.js';
import { beginStep, finishFrame } from './life.js';
import { closeRequest, openRequest } from './requests.js';
import type { RunFailure } from './results.js';
import type { Done, End, Frame, Json, Pipeline, RunState, Work } from './state.js';
import { KINDS } from './steps/index.js';
import { addUsage } from './usage.js';
import { visibleOutputs } from './visible.js';

/**
 * One `apply`: the vocabulary of the kinds and the trampoline that runs their continuations.
 * A continuation never calls another frame's; it pushes `[path, name, value]`. What one turn pushes runs in the order pushed,
 * each until it waits, before anything older: depth first, so a result is delivered before any sibling starts.
 */
export class Run implements Vocabulary {
  readonly commands: Command[] = [];
  #turn: Work[] = [];
  #published = false;

  constructor(
    readonly pipeline: Pipeline,
    readonly state: RunState,
  ) {}

  /** Runs continuations until all wait, or until `fuel` of them have run; then the rest stays in the state. */
  drain(fuel: number): void {
    const { state } = this;
    let left = fuel;
    this.#flush();
    while (state.ready.length > 0 && state.mode === 'running') {
      if (left-- === 0) return void this.commands.push({ type: 'yield' });
      const [path, name, value] = state.ready.pop()!;
      const frame = state.frames[path];
      if (frame) KINDS[frame.kind].continuations[name]!(definitionOf(this.pipeline, state, frame), frame, this, value);
      this.#flush();
    }
    if (state.mode !== 'running') state.ready = [];
  }

  #flush(): void {
    while (this.#turn.length > 0) this.state.ready.push(this.#turn.pop()!);
  }

  push(path: string, name: string, value: unknown): void {
    this.#turn.push([path, name, value]);
  }

  command(command: Command): void {
    this.commands.push(command);
  }

  /** Something that observers see has changed; said once per `apply`. */
  publish(): void {
    if (this.#published) return;
    this.#published = true;
    this.commands.push({ type: 'publish' });
  }

  log(level: 'info' | 'warn', message: string): void {
    this.commands.push({ type: 'log', level, message });
  }

  evaluate(frame: Frame, mapper: Expression | ToolMapper, extra: JsonObject | null, then: string, failed: string): void {
    if ('tool' in mapper) {
      const { tool, timeout, estimate } = mapper;
      const names = this.names(frame, extra);
      const input = { ...names, steps: { ...(names['steps'] as JsonObject) } };
      const call = { role: 'mapper', tool, input, ...(timeout !== undefined && { timeout }) } as const;
      return issueCall(this, frame, { type: 'callTool', call, estimate: () => estimateTool(estimate) }, then, failed);
    }
    try {
      this.push(frame.path, then, evaluate(mapper.ast, this.names(frame, extra)));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.push(frame.path, failed, error.message);
    }
  }

  runSequence(frame: Frame, part: readonly string[], segment: string, input: Json, then: string): void {
    this.#startFrame({ path: joinPath(frame.path, segment), parent: frame.path, kind: 'sequence', part, then }, input);
  }

  runStep(frame: Frame, index: number, input: Json, then: string): void {
    const step = (definitionOf(this.pipeline, this.state, frame) as readonly Step[])[index]!;
    this.#startFrame({ path: joinPath(frame.path, step.name), parent: frame.path, kind: step.kind, part: index, then }, input);
  }

  #startFrame(position: Pick<Frame, 'path' | 'parent' | 'kind' | 'part' | 'then'>, input: Json): void {
    const frame = createFrame(position, this.state.now, input);
    this.state.frames[position.path] = frame;
    beginStep(this, frame);
  }

  call(frame: Frame, request: CallRequest, then: string): void {
    issueCall(this, frame, request, then, null);
  }

  openRequest(frame: Frame, request: { message: string; form: Json; deadline: number | null }, then: string): void {
    openRequest(this, frame, request, then);
  }

  expireRequest(frame: Frame, remembered?: Json): void {
    closeRequest(this, frame.path, 'timed out', null, remembered);
  }

  startTimer(frame: Frame, at: number, summary: string, then: string): void {
    this.state.timers[frame.path] = { path: frame.path, then };
    this.command({ type: 'startTimer', id: frame.path, at, summary });
  }

  cancelTimer(frame: Frame): void {
    if (!Object.hasOwn(this.state.timers, frame.path)) return;
    delete this.state.timers[frame.path];
    this.command({ type: 'cancelTimer', id: frame.path });
  }

  finish(frame: Frame, end: End): void {
    finishFrame(this, frame, end);
  }

  absorb(frame: Frame, { result }: Done): void {
    if (KINDS[result.kind].isTransparent) frame.steps.push(...result.steps);
    else frame.steps.push(result);
    frame.usage = addUsage(frame.usage, result.usage);
  }

  adopt(frame: Frame, writes: JsonObject | null): void {
    adopt(frame, writes);
  }

  names(frame: Frame, extra: JsonObject | null = null): JsonObject {
    const { state } = this;
    const names = {
      input: frame.input,
      context: shownContext(state, contextOf(state, frame)),
      steps: visibleOutputs(this.pipeline, state, frame),
      runId: state.runId,
    };
    return extra === null ? names : { ...names, ...extra };
  }

  reference(frame: Frame): StepReference {
    const { name } = definitionOf(this.pipeline, this.state, frame) as Step;
    return { name, path: frame.path, kind: frame.kind as StepReference['kind'], try: frame.try };
  }

  /** The first reason to end counts; from then on no continuation runs. E4: nothing catches this. L3: no paid call starts any more. */
  end(frame: Frame | null, failure: RunFailure, exitReason: string): void {
    const { state } = this;
    if (state.mode !== 'running') return;
    state.mode = 'closing';
    state.ending = { kind: 'failed', failure: { ...failure, stepPath: frame?.path || null }, exitReason };
    this.#turn = [];
  }

  closeRoot(done: Done): void {
    closeRoot(this, done);
  }
}
