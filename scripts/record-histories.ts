/** Records the histories that the replay tests keep: `npm run record`, after a change that is meant to alter them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { CASES, CATALOGUE_SCRIPT, carryOut } from '../test/support/catalogue.js';
import { root, startEnvironment } from '../test/support/environment.js';

const folder = join(root, 'test/replay/histories');
mkdirSync(folder, { recursive: true });
const environment = await startEnvironment(CATALOGUE_SCRIPT);
try {
  for (const [name, each] of Object.entries(CASES)) {
    const history = await carryOut(environment, each);
    writeFileSync(join(folder, `${name}.json`), `${historyToJSON(history)}\n`);
    process.stdout.write(`${name}  ${history.events?.length ?? 0} events\n`);
  }
} finally {
  await environment.stop();
}
