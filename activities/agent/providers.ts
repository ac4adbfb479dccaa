import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { JsonSchema } from '../../pipeline/values/json.js';
import { UnbilledError } from '../failures.js';
import type { Redact } from '../failures.js';
import { createRedactor } from '../redaction.js';
import { BUILT_IN_PROVIDERS, missingFor, splitModel } from './requirements.js';
import type { Environment, ProviderKind, Providers } from './requirements.js';
import { isStrict } from './structured-output.js';
import type { StructuredMode } from './structured-output.js';

type Fetch = typeof globalThis.fetch;

export interface Model {
  readonly kind: ProviderKind;
  /** Where the ladder of structured output starts. */
  readonly structured: StructuredMode;
  /** @param fetch carries this turn's one request */
  open(fetch: Fetch): LanguageModelV3;
}

export interface Models {
  /** @throws UnbilledError, not retryable: unknown provider, missing key, no `provider:model` */
  resolve(model: string): Model;
  readonly redact: Redact;
}

/**
 * The models that a worker can call: `openai:` `anthropic:` `google:` by their key variables and `*_BASE_URL`, every other prefix by
 * its entry in `providers`. Nothing is read from the process.
 */
export function createModels({ env, providers }: { readonly env: Environment; readonly providers: Providers }): Models {
  const keyNames = Object.values(providers).flatMap((config) => (config.kind && config.apiKeyEnv ? [config.apiKeyEnv] : []));
  return {
    redact: createRedactor(env, keyNames),
    resolve: (model) => {
      const missing = missingFor(model, env, providers);
      const parts = splitModel(model);
      if (missing !== null || !parts) throw new UnbilledError('ModelUnavailable', missing ?? model, true);
      return resolveModel(parts, env, providers);
    },
  };
}

function resolveModel({ provider, modelId }: { provider: string; modelId: string }, env: Environment, providers: Providers): Model {
  const config = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  if (config?.kind) {
    const apiKey = config.apiKeyEnv === undefined ? undefined : env[config.apiKeyEnv];
    const structured = config.structured ?? 'json';
    const settings = { name: provider, baseURL: config.baseUrl, supportsStructuredOutputs: true, ...(apiKey !== undefined && { apiKey }) };
    return { kind: config.kind, structured, open: (fetch) => createOpenAICompatible({ ...settings, fetch })(modelId) };
  }
  const builtIn = BUILT_IN_PROVIDERS[provider]!; // missingFor has refused any other name
  const settings: Settings = {
    apiKey: env[builtIn.keyEnv] ?? '',
    baseURL: env[builtIn.baseUrlEnv] || DEFAULT_BASE_URLS[builtIn.kind as BuiltIn],
  };
  const open = OPENERS[builtIn.kind as BuiltIn];
  return { kind: builtIn.kind, structured: config?.structured ?? 'schema', open: (fetch) => open(modelId, { ...settings, fetch }) };
}

type BuiltIn = Exclude<ProviderKind, 'openai-compatible'>;
interface Settings {
  readonly apiKey: string;
  readonly baseURL: string;
}

/** Given in every case: the libraries would else read the process's own variables. */
const DEFAULT_BASE_URLS: { readonly [K in BuiltIn]: string } = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
};

/** OpenAI by Chat Completions: what stands behind an OPENAI_BASE_URL speaks that, and the Responses API stores what it is sent. */
const OPENERS: { readonly [K in BuiltIn]: (modelId: string, settings: Settings & { readonly fetch: Fetch }) => LanguageModelV3 } = {
  openai: (modelId, settings) => createOpenAI(settings).chat(modelId),
  anthropic: (modelId, settings) => createAnthropic(settings)(modelId),
  google: (modelId, settings) => createGoogleGenerativeAI(settings)(modelId),
};

/** How the provider is asked for JSON. A strict request with a schema that does not qualify would be refused. */
export function providerOptions(model: Model, provider: string, schema: JsonSchema): { [provider: string]: { strictJsonSchema: boolean } } {
  if (model.kind === 'openai') return { openai: { strictJsonSchema: isStrict(schema) } };
  if (model.kind === 'openai-compatible') return { [provider]: { strictJsonSchema: isStrict(schema) } };
  return {};
}
