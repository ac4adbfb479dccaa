/** What a pipeline module or a module of tools needs. Free of Temporal, so that importing it is cheap. */
export { agent } from './pipeline/dsl/agent.js';
export { expr } from './pipeline/dsl/expression.js';
export { pipeline } from './pipeline/dsl/pipeline.js';
export { step } from './pipeline/dsl/step.js';
export { compile } from './pipeline/compile/compile.js';
export { renderDiagnostics } from './pipeline/compile/render-diagnostics.js';
export { loadYaml } from './pipeline/yaml/load.js';
export { defineRegistry, tool, toolResult } from './activities/registry.js';

export type { AgentOptions, AgentStepOptions } from './pipeline/dsl/agent.js';
export type { ConditionalStepOptions } from './pipeline/dsl/conditional.js';
export type { ExpressionStepOptions } from './pipeline/dsl/expression.js';
export type { HitlStepOptions } from './pipeline/dsl/hitl.js';
export type { PipelineOptions } from './pipeline/dsl/pipeline.js';
export type { SchemaSource } from './pipeline/dsl/schemas.js';
export type { ToolStepOptions } from './pipeline/dsl/tool.js';
export type { Compiled, CompileOptions } from './pipeline/compile/compile.js';
export type { Diagnostic, DiagnosticCode, Position } from './pipeline/compile/diagnostics.js';
export type { RenderOptions } from './pipeline/compile/render-diagnostics.js';
export type { Source } from './pipeline/compile/source.js';
export type { PipelineDocument, StepDocument } from './pipeline/ir/schema.js';
export type { Pipeline, Step } from './pipeline/ir/types.js';
export type { Json, JsonObject, JsonSchema } from './pipeline/values/json.js';
export type { FileRead, ReadFile } from './pipeline/yaml/files.js';
export type { LoadOptions } from './pipeline/yaml/load.js';
