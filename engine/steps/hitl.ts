import type { HitlStep } from '../../pipeline/ir/types.js';
import { ExpressionError } from '../../pipeline/expression/evaluate.js';
import { renderText } from '../../pipeline/expression/render.js';
import { formatViolations, validate } from '../../pipeline/schema/validate.js';
import { isObject } from '../../pipeline/values/json.js';
import { formatDuration } from '../../pipeline/values/duration.js';
import { defineKind, type Vocabulary } from '../kind.js';
import type { Done, Frame, Json } from '../state.js';

/** Asks a person and waits, for ever or until a deadline. Calls nobody, costs nothing. */
export const hitl = defineKind<HitlStep, null>()(
  {
    enter: (step, frame, run) => {
      const message = messageOf(step, frame, run);
      if (message === null) return;
      const deadline = step.timeout === undefined ? null : run.state.now + step.timeout;
      run.openRequest(frame, { message, form: (step.form ?? null) as Json, deadline }, 'answered');
      if (deadline !== null && Object.hasOwn(run.state.requests, frame.path)) {
        run.startTimer(frame, deadline, `${frame.path} · deadline`, 'expired');
      }
    },
    answered: (_, frame, run, data: Json) => {
      run.cancelTimer(frame);
      run.finish(frame, { success: true, output: data, feedback: null, attempts: 1 });
    },
    expired: (step, frame, run) => {
      const onTimeout = step.onTimeout!;
      if (onTimeout.action === 'default') return run.evaluate(frame, onTimeout.value, null, 'defaulted', 'undefaulted');
      run.expireRequest(frame);
      if (onTimeout.action === 'branch') return run.runSequence(frame, ['onTimeout', 'steps'], 'timeout', frame.input, 'escalated');
      fails(frame, run, `Human input timed out after ${formatDuration(step.timeout!)}`);
    },
    defaulted: (step, frame, run, value: Json) => {
      const violations = step.form === undefined ? [] : validate(step.form, value);
      run.expireRequest(frame, violations.length === 0 ? value : undefined);
      if (violations.length > 0) return fails(frame, run, `Default value failed: ${formatViolations(violations)}`);
      frame.metadata['timedOut'] = true;
      run.finish(frame, { success: true, output: value, feedback: null, attempts: 1 });
    },
    undefaulted: (_, frame, run, error: string) => {
      run.expireRequest(frame);
      fails(frame, run, `Default value failed: ${error}`);
    },
    escalated: (_, frame, run, done: Done) => {
      run.absorb(frame, done);
      frame.branchContext = done.result.branchContext ?? null;
      frame.metadata['timedOut'] = true;
      if (!done.result.success) return fails(frame, run, `Failure in branch 'timeout': ${done.result.feedback}`);
      run.adopt(frame, done.writes);
      run.finish(frame, { success: true, output: done.result.output, feedback: null, attempts: 1 });
    },
  },
  {
    parts: ({ message, onTimeout }) => {
      const { value, steps } = isObject(onTimeout) ? onTimeout : {};
      return { texts: { message, 'onTimeout/value': value }, lists: { 'onTimeout/steps': steps } };
    },
  },
);

/** Null when the step has ended because the message can't be made. */
function messageOf(step: HitlStep, frame: Frame, run: Vocabulary): string | null {
  if (!step.message) return typeof frame.input === 'string' ? frame.input : JSON.stringify(frame.input);
  try {
    const { text, warnings } = renderText(step.message.ast, run.names(frame), run.state.options.templates ?? 'strict');
    for (const warning of warnings) run.log('warn', warning);
    return text;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    fails(frame, run, `Message failed: ${error.message}`, 0);
    return null;
  }
}

const fails = (frame: Frame, run: Vocabulary, feedback: string, attempts = 1) =>
  run.finish(frame, { success: false, output: null, feedback, attempts });
