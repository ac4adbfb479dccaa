import type { Redact } from './failures.js';

const SECRET_NAME = /(_KEY|_TOKEN|_SECRET|_PASSWORD)$/;
const SECRET_SHAPE = /\b(?:sk|pk|rk|xox[abp])-[\w-]{16,}|\bAIza[\w-]{30,}|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/g;
const MIN_SECRET_LENGTH = 8;

/** Replaces the values of secret-looking variables, and what has the shape of an API key, by `[redacted]`. */
export function createRedactor(env: { readonly [name: string]: string | undefined }, names: readonly string[] = []): Redact {
  const secrets = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name) || names.includes(name))
    .flatMap(([, value]) => (value !== undefined && value.length >= MIN_SECRET_LENGTH ? [value] : []))
    .sort((a, b) => b.length - a.length);
  return (text) =>
    secrets.reduce((redacted, secret) => redacted.replaceAll(secret, '[redacted]'), text).replace(SECRET_SHAPE, '[redacted]');
}
