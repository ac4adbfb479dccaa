import { show, showText } from '../../ir/show.js';
import { pointerOf } from '../../ir/pointer.js';
import { knownKeys, MAX_PIPELINE_NAME, MAX_STEP_NAME, pipelineSchema, STEP_KINDS } from '../../ir/schema.js';
import type { Json, JsonObject } from '../../values/json.js';
import { isObject } from '../../values/json.js';
import { textOf } from '../draft.js';
import type { Draft, Site } from '../draft.js';
import { expected } from '../finding.js';
import type { Finding } from '../finding.js';
import { suggest } from '../../values/suggest.js';

type Path = readonly PropertyKey[];
type Issue = NonNullable<ReturnType<typeof pipelineSchema.safeParse>['error']>['issues'][number];

/** V-Y2, V-Y3, V-Y4 and the codes that stand for V-Y4 at their places: V-A1, V-A7, V-N1, V-U1. */
export function checkGrammar(draft: Draft): Finding[] {
  const issues = pipelineSchema.safeParse(draft.document).error?.issues ?? [];
  const siteAt = new Map(draft.sites.map((site) => [site.pointer, site]));
  const findings = issues.flatMap((issue) => findingsOf(issue, issue.path, { ...draft, siteAt }));
  // A value may break several rules of its type, which all say the same.
  return [...new Map(findings.map((finding) => [`${finding.pointer} ${finding.message}`, finding])).values()];
}

interface Checked extends Draft {
  readonly siteAt: ReadonlyMap<string, Site>;
}

function findingsOf(issue: Issue, path: Path, draft: Checked): Finding[] {
  const value = valueAt(draft.document, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, draft));
  if (issue.code === 'invalid_union' && issue.errors.length > 0 && isObject(value)) {
    // Of the alternatives, the one for objects: the others failed at the root already.
    const inside = issue.errors.find((errors) => !errors.some((error) => error.path.length === 0 && error.code === 'invalid_type'));
    if (inside !== undefined) return inside.flatMap((error) => findingsOf(error, [...path, ...error.path], draft));
  }
  if (issue.code === 'invalid_union' && path.at(-1) === 'kind') return [unknownKind(value, path)];
  if (issue.code === 'invalid_union' && path.at(-1) === 'action') return [expected(pointerOf(path), 'fail, default or branch', value)];
  return [wrongValue(issue.message, value, path, draft)];
}

function wrongValue(what: string, value: Json | undefined, path: Path, draft: Checked): Finding {
  const pointer = pointerOf(path);
  const key = String(path.at(-1) ?? '');
  const owner = ownerOf(path, draft);
  if (owner.place !== 'agent' && owner.below[0] === 'limits' && owner.below.length === 2) {
    return {
      code: 'V-U1',
      message: `Invalid limit ${draft.spell(key)}: ${typeof value === 'string' ? showText(value) : show(value)}`,
      pointer,
    };
  }
  if (owner.place === 'agent' && owner.below.length > 0) {
    const option = owner.below.map((part) => draft.spell(String(part))).join('.');
    return { code: 'V-A7', message: `Agent '${showText(owner.name)}': ${option}: expected ${what}, got ${show(value)}`, pointer };
  }
  if (owner.place !== 'agent' && owner.below.length === 1 && key === 'name' && typeof value === 'string') {
    const [noun, length] = owner.place === 'step' ? ['Step', MAX_STEP_NAME] : ['Pipeline', MAX_PIPELINE_NAME];
    const hint = `A name is letters, digits, _ and -, beginning with a letter, at most ${length} characters`;
    return { code: 'V-N1', message: `${noun} name '${showText(value)}' is invalid`, pointer, hint };
  }
  if (owner.place === 'step' && owner.below.length === 1 && key === owner.kind && (value === undefined || value === null)) {
    return { code: 'V-A1', message: `Step '${showText(owner.name)}' is missing ${key === 'agent' ? 'an agent' : `a ${key}`}`, pointer };
  }
  return expected(pointer, what, value);
}

function unknownKind(value: Json | undefined, path: Path): Finding {
  const hint = `Known kinds: ${STEP_KINDS.join(', ')}`;
  if (value === undefined || value === null) return { ...expected(pointerOf(path), 'a step kind', value), hint };
  const kind = typeof value === 'string' ? showText(value) : show(value);
  const near = suggest(kind, STEP_KINDS);
  return {
    code: 'V-Y3',
    message: `Unknown step kind: ${kind}`,
    pointer: pointerOf(path),
    hint: near === undefined ? hint : `Did you mean '${near}'? ${hint}`,
  };
}

function unknownKey(key: string, path: Path, draft: Checked): Finding {
  const owner = ownerOf(path, draft);
  const known = knownKeys(owner.place, owner.kind, owner.below.length > 0 ? String(owner.below.at(-1)) : undefined).map(draft.spell);
  const near = suggest(draft.spell(key), known);
  const where = owner.place === 'step' ? `${owner.kind} step` : owner.place;
  const message = `Unknown key '${showText(draft.spell(key))}' in ${where} '${showText(owner.name)}'.`;
  return {
    code: 'V-Y2',
    message: near === undefined ? message : `${message} Did you mean '${near}'?`,
    pointer: pointerOf([...path, key]),
    at: 'key',
    hint: `Known keys: ${known.join(', ')}`,
  };
}

interface Owner {
  readonly place: 'pipeline' | 'agent' | 'step';
  readonly kind: string;
  readonly name: string;
  /** The path inside its owner. */
  readonly below: Path;
}

/** The pipeline, agent or innermost step whose keys a path is about. */
function ownerOf(path: Path, { document, siteAt }: Checked): Owner {
  if (path[0] === 'agents' && path.length > 1) return { place: 'agent', kind: '', name: String(path[1]), below: path.slice(2) };
  for (let length = path.length; length > 0; length--) {
    const pointer = pointerOf(path.slice(0, length));
    const site = siteAt.get(pointer);
    if (site !== undefined) return { place: 'step', kind: site.kind, name: site.name, below: path.slice(length) };
  }
  return { place: 'pipeline', kind: '', name: textOf(document, 'name') ?? '', below: path };
}

function valueAt(document: JsonObject, path: Path): Json | undefined {
  let value: Json | undefined = document;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
  }
  return value;
}
