/**
 * The names that most programs need, layer by layer. Everything else is in the layers' own entry points: `opml/core`,
 * `opml/graph`, `opml/vm`, `opml/dispute`, `opml/ops`, `opml/importers`, `opml/engine`, `opml/trace`, `opml/chain`; toy
 * traces and played games for tests are in `opml/dispute/simulation`.
 *
 * @example
 * // Import a model and run it.
 * const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
 * const evaluate = (node, operands) => executor.node(node, operands)
 * const { program, constants } = importOnnx(bytes, { file: 'model.onnx', evaluate })
 * const outputs = executor.run(program, { constants: constants.map((constant) => constant.bytes), inputs })
 *
 * @example
 * // Run a RISC-V program and commit to its history, as a claim of the game does.
 * const createMachine = (start) => new Translator(start)
 * const run = taskRun(loadElf(elf), input)
 * const provider = new MachineTraceProvider({ run, coarseHeight: 16, fineHeight: 12, createMachine })
 * await provider.root()
 *
 * Serving and verifying are loops around {@link nextActions}: see `apps/node`.
 */

// Errors, bytes, hashes
export { bytesToHex, hexToBytes } from './core/bytes.ts'
export type { Bytes32, Hex } from './core/bytes.ts'
export { OpmlError } from './core/errors.ts'
export { keccak256 } from './core/keccak.ts'
export { encodeSlot, slotRoot } from './core/merkleSlot.ts'

// Tensor programs
export { parseProgram } from './graph/parseProgram.ts'
export type { Program } from './graph/program.ts'
export { programModel, programModelId } from './graph/programModel.ts'
export { printProgram } from './graph/programText.ts'
export { verifyProgram } from './graph/verifyProgram.ts'
export { OPERATOR_TABLE } from './ops/index.ts'

// Files made elsewhere
export { createBundle } from './importers/bundle/createBundle.ts'
export { readBundle } from './importers/bundle/readBundle.ts'
export type { Bundle } from './importers/bundle/readBundle.ts'
export type { BundleFiles } from './importers/bundle/bundleFiles.ts'
export { importOnnx } from './importers/onnx/importOnnx.ts'
export type { ImportedProgram, OnnxImportOptions } from './importers/onnx/importOnnx.ts'
export { parseSafetensors } from './importers/safetensors/safetensors.ts'

// Execution
export { PortableExecutor } from './engine/portableExecutor.ts'
export { PortableKernels } from './engine/portableKernels.ts'

// The referee machine
export { disassemble } from './vm/disassemble.ts'
export { loadElf } from './vm/elf.ts'
export { Interpreter } from './vm/interpreter.ts'
export type { Machine, MachineImage } from './vm/machine.ts'
export { taskRun } from './vm/taskRun.ts'
export { Translator } from './vm/translator/translator.ts'

// The game
export { buildGameView } from './dispute/buildGameView.ts'
export { nextActions } from './dispute/player.ts'
export type { GameView, PlannedAction, TraceProvider } from './dispute/index.ts'
export { MachineTraceProvider } from './trace/machineTraceProvider.ts'

// The chain
export {
  DEPLOYMENT_PARAMETERS,
  MemoryPendingStore,
  Transactor,
  accountFromPrivateKey,
  appendInputCall,
  challengeCall,
  connectChain,
  deliverCall,
  deployContracts,
  deploymentFromJson,
  deploymentToJson,
  describeModel,
  httpRpc,
  playCall,
  refundCall,
  registerCall,
  requestCall,
  resolveCall,
  settleCall,
  submitCall,
  withdrawCall,
} from './chain/index.ts'
export type { ChainConnection, ChainEnvironment, Deployment } from './chain/index.ts'
