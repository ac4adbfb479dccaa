import type { StructuredMode } from './structured-output.js';

/** Which models need what. Loads no model library, so that it can be asked before a run starts. */
export type ProviderKind = 'openai' | 'anthropic' | 'google' | 'openai-compatible';

/** `[providers.NAME]`: an endpoint that speaks Chat Completions, or, for a built-in name, how structured output is asked for. */
export type ProviderConfig =
  | { readonly kind: 'openai-compatible'; readonly baseUrl: string; readonly apiKeyEnv?: string; readonly structured?: StructuredMode }
  | { readonly kind?: undefined; readonly structured: StructuredMode };
export type Providers = { readonly [name: string]: ProviderConfig };
export type Environment = { readonly [name: string]: string | undefined };

export const BUILT_IN_PROVIDERS: {
  readonly [name: string]: { readonly kind: ProviderKind; readonly keyEnv: string; readonly baseUrlEnv: string };
} = {
  openai: { kind: 'openai', keyEnv: 'OPENAI_API_KEY', baseUrlEnv: 'OPENAI_BASE_URL' },
  anthropic: { kind: 'anthropic', keyEnv: 'ANTHROPIC_API_KEY', baseUrlEnv: 'ANTHROPIC_BASE_URL' },
  google: { kind: 'google', keyEnv: 'GOOGLE_GENERATIVE_AI_API_KEY', baseUrlEnv: 'GOOGLE_GENERATIVE_AI_BASE_URL' },
};

/** `provider:model`, split at the first colon; null when it has not that shape. */
export function splitModel(model: string): { readonly provider: string; readonly modelId: string } | null {
  const colon = model.indexOf(':');
  if (colon < 1 || colon === model.length - 1) return null;
  return { provider: model.slice(0, colon), modelId: model.slice(colon + 1) };
}

/** What keeps each model from being called, one line a model: `Model 'openai:gpt-5' needs OPENAI_API_KEY`. Empty when nothing does. */
export function checkRequirements(models: readonly string[], env: Environment, providers: Providers): string[] {
  return [...new Set(models)].flatMap((model) => missingFor(model, env, providers) ?? []);
}

export function missingFor(model: string, env: Environment, providers: Providers): string | null {
  const parts = splitModel(model);
  if (!parts) return `Model '${model}' is not written as provider:model`;
  const config = Object.hasOwn(providers, parts.provider) ? providers[parts.provider] : undefined;
  const keyEnv = config?.kind
    ? config.apiKeyEnv
    : Object.hasOwn(BUILT_IN_PROVIDERS, parts.provider)
      ? BUILT_IN_PROVIDERS[parts.provider]!.keyEnv
      : null;
  if (keyEnv === null) {
    const known = [...new Set([...Object.keys(BUILT_IN_PROVIDERS), ...Object.keys(providers)])].sort();
    return `Model '${model}' has an unknown provider. Known: ${known.join(', ')}; another one needs [providers.${parts.provider}]`;
  }
  return keyEnv === undefined || env[keyEnv] ? null : `Model '${model}' needs ${keyEnv}`;
}
