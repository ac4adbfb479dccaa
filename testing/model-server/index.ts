export type { BillLine } from './bill.js';
export { loadScript, parseScript, ScriptError } from './script.js';
export type { Answer, Script, ScriptedModel, ScriptedUsage } from './script.js';
export { startModelServer } from './server.js';
export type { ModelServer, ReceivedCall } from './server.js';
