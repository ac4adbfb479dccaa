import { escapePointer } from '../ir/pointer.js';
import { show, showText } from '../ir/show.js';
import type { Json } from '../values/json.js';
import { isObject } from '../values/json.js';

/** What became of reading a file beside the pipeline. `outside`: its real path, links resolved, is not under the pipeline's folder. */
export type FileRead = { readonly text: string } | { readonly outside: true } | { readonly unreadable: string };

/** Reads a file by its path relative to the pipeline file's folder. It must follow links before it decides where the file is. */
export type ReadFile = (path: string) => FileRead;

interface FileFinding {
  readonly code: 'V-I6' | 'V-Y4';
  readonly message: string;
  readonly pointer: string;
}

/** Puts the texts of `system: {from_file: path}` in their place. The document is changed. */
export function inlineFiles(document: Json, readFile: ReadFile | undefined): FileFinding[] {
  const findings: FileFinding[] = [];
  const agents = isObject(document) && Object.hasOwn(document, 'agents') ? document['agents'] : null;
  if (!isObject(agents)) return findings;
  for (const [id, agent] of Object.entries(agents)) {
    if (!isObject(agent) || !Object.hasOwn(agent, 'system')) continue;
    const system = agent['system'];
    if (!isObject(system) || Object.keys(system).join() !== 'fromFile') continue;
    const path = system['fromFile'];
    const pointer = `/agents/${escapePointer(id)}/system`;
    // The place is text whatever happens, so that one fault is one finding.
    agent['system'] = '';
    const read = typeof path === 'string' ? readUnder(path, readFile) : { unreadable: 'not a path' };
    if ('text' in read) agent['system'] = read.text;
    else if ('outside' in read)
      findings.push({ code: 'V-I6', message: `Path leaves the pipeline folder: ${showText(String(path))}`, pointer });
    else
      findings.push({
        code: 'V-Y4',
        message: `${pointer}: expected a readable file, got ${show(path)} (${read.unreadable})`,
        pointer,
      });
  }
  return findings;
}

function readUnder(path: string, readFile: ReadFile | undefined): FileRead {
  if (leaves(path)) return { outside: true };
  return readFile === undefined ? { unreadable: 'no files can be read here' } : readFile(path);
}

/** Refused by its text alone: absolute, of another scheme or drive, with an escape, or climbing above the folder. */
function leaves(path: string): boolean {
  if (path === '' || /^[/~]|\\|%|\0|^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) return true;
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
