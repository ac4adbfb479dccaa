/** Records the histories that the replay tests keep: `npm run record`, after a change that is meant to alter them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { CASES, CATALOGUE_SCRIPT, carryOut } from '../test/support/catalogue.js';
import { root, startEnvironment } from '../test/support/environment.js';

/** Stack traces name the folders of the machine that recorded them; replay does not look at them. */
const withoutStacks = (key: string, value: unknown) => (key === 'stackTrace' ? '' : value);

const folder = join(root, 'test/replay/histories');
mkdirSync(folder, { recursive: true });
const environment = await startEnvironment(CATALOGUE_SCRIPT);
try {
  for (const [name, each] of Object.entries(CASES)) {
    const history = await carryOut(environment, each);
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(JSON.parse(historyToJSON(history)), withoutStacks)}\n`);
    process.stdout.write(`${name}  ${history.events?.length ?? 0} events\n`);
  }
} finally {
  await environment.stop();
}
