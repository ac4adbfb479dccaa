import { boolCoreTag, floatCoreTag, getScalarValue, intCoreTag, NOT_RESOLVED, nullCoreTag, SCALAR_STYLE, strTag } from 'js-yaml';
import type { ScalarEvent, ScalarTagDefinition } from 'js-yaml';

import { show, showText } from '../ir/show.js';

export type Scalar = string | number | boolean | null;

/** The scalars of YAML 1.2 core, in order of trial; what none of them takes is text. */
const PLAIN = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag] as const;
const BY_TAG: { readonly [tag: string]: ScalarTagDefinition<Scalar> } = {
  '!!null': nullCoreTag,
  '!!bool': boolCoreTag,
  '!!int': intCoreTag,
  '!!float': floatCoreTag,
  '!!str': strTag,
};

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The value of a scalar, or what is wrong with it. */
export function resolveScalar(text: string, event: ScalarEvent): { value: Scalar } | { detail: string } {
  const source = getScalarValue(text, event);
  if (LONE_SURROGATE.test(source)) return { detail: 'a lone surrogate is not text' };
  const tag = event.tagStart === -1 ? '' : text.slice(event.tagStart, event.tagEnd);
  if (tag === '!') return { value: source };
  if (tag !== '') {
    const definition = Object.hasOwn(BY_TAG, tag) ? BY_TAG[tag] : undefined;
    if (definition === undefined) return { detail: `unknown tag ${showText(tag)}` };
    const value = definition.resolve(source, true, definition.tagName);
    return value === NOT_RESOLVED ? { detail: `${show(source)} is no ${tag}` } : { value };
  }
  if (event.style !== SCALAR_STYLE.PLAIN) return { value: source };
  for (const definition of PLAIN) {
    const value = definition.resolve(source, false, definition.tagName);
    if (value !== NOT_RESOLVED) return { value };
  }
  return { value: source };
}
