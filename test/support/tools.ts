import { defineRegistry, tool, toolResult } from '../../activities/registry.js';

/** Tools for tests on a real server. */
export default defineRegistry({
  tools: {
    echo: tool({ run: (input) => input }),
    pick: tool({ run: (names) => (names as { input: string }).input }),
    patch: tool({ run: (input) => toolResult({ output: input, contextPatch: { patched: input } }) }),
    throws: tool({
      run: () => {
        throw new TypeError('no');
      },
    }),
    functions: tool({ run: () => ({ a: [() => 1] }) }),
    sleeps: tool({ run: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))) }),
  },
});
