import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineRegistry, tool } from 'flujo';
import { z } from 'zod';

const folder = dirname(fileURLToPath(import.meta.url));

const ticket = z.object({ id: z.string(), customer: z.string(), subject: z.string(), body: z.string(), order: z.string() });
const order = z.object({ id: z.string(), item: z.string(), status: z.string(), total: z.number() });

/** The path of a file of this example; anything outside its folder is refused. */
function inside(path: string): string {
  const full = resolve(folder, path);
  if (relative(folder, full).split(sep)[0] === '..') throw new Error(`Not a file of this example: ${path}`);
  return full;
}

export default defineRegistry({
  tools: {
    readTicket: tool({
      description: 'Reads a support ticket from its file.',
      input: z.string(),
      output: ticket,
      run: async (path) => ticket.parse(JSON.parse(await readFile(inside(path), 'utf8'))),
    }),
    lookupOrder: tool({
      description: 'Finds an order in orders.json.',
      input: z.object({ id: z.string() }),
      output: order,
      async run({ id }) {
        const orders = z.array(order).parse(JSON.parse(await readFile(inside('orders.json'), 'utf8')));
        const found = orders.find((each) => each.id === id);
        if (!found) throw new Error(`No order ${id}`);
        return found;
      },
    }),
    writeReply: tool({
      description: 'Writes the approved reply to out/.',
      input: z.object({ ticket: z.string(), reply: z.object({ subject: z.string(), body: z.string() }) }),
      async run({ ticket: id, reply }) {
        const file = join('out', `${basename(id)}.md`);
        await mkdir(inside('out'), { recursive: true });
        await writeFile(inside(file), `# ${reply.subject}\n\n${reply.body}\n`);
        return { written: true, file: join(relative(process.cwd(), folder), file) };
      },
    }),
  },
});
