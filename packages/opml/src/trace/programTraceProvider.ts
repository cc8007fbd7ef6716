import { type Bytes32, bytesToHex, type Hex } from '../core/bytes.ts'
import { KIND } from '../dispute/kinds.ts'
import type { TraceProvider, TreeNode } from '../dispute/traceProvider.ts'
import type { Machine, MachineStart } from '../vm/machine.ts'
import type { GuestImage } from './guestImage.ts'
import { MachineTraceProvider } from './machineTraceProvider.ts'
import { nodeTracedRun } from './nodeMachine.ts'
import { ProgramClaim, type ProgramClaimOptions } from './programClaim.ts'

/** What a {@link ProgramTraceProvider} is made from. */
export interface ProgramTraceProviderOptions extends ProgramClaimOptions {
  /** The released guest that the model names. */
  readonly guest: GuestImage
  /** Makes the machine that computes a block in dispute: any executor. */
  readonly createMachine: (start: MachineStart) => Machine
  /** As of {@link MachineTraceProvider}. */
  readonly pause?: () => Promise<void>
}

/** Kind graph: steps, nodes and blocks of one run of a tensor program (spec/05, spec/06 §2). */
export class ProgramTraceProvider implements TraceProvider {
  readonly kind = KIND.graph
  readonly height: number
  readonly claim: ProgramClaim
  readonly #options: ProgramTraceProviderOptions

  constructor(options: ProgramTraceProviderOptions) {
    this.#options = options
    this.claim = new ProgramClaim(options)
    this.height = this.claim.trace.height
  }

  async root(): Promise<Bytes32> {
    return bytesToHex(await this.claim.trace.root())
  }

  /** @throws {NoSuchNodeError} outside the tree. */
  async descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    return (await this.claim.trace.descendants(node, depth)).map(bytesToHex)
  }

  /** @throws {NoSuchNodeError} outside the tree. */
  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return (await this.claim.trace.siblings({ height: 0, index: position })).map(bytesToHex)
  }

  /** The joint hash of the outputs' roots (spec/03 §6). */
  async outcome(): Promise<Bytes32> {
    return bytesToHex((await this.claim.result()).result)
  }

  /** Root and siblings of each output (spec/07 §5). */
  async joinEvidence(): Promise<Hex> {
    return bytesToHex((await this.claim.result()).evidence)
  }

  /** What a contract judges leaf `position` by (spec/07 §5). */
  async sealEvidence(position: bigint): Promise<Hex> {
    return bytesToHex((await this.claim.judge(position)).evidence)
  }

  async initialSiblings(): Promise<readonly Bytes32[]> {
    return []
  }

  /** The machine's run that computes the block of leaf `position`; null where a rule tells it. */
  async inner(position: bigint): Promise<TraceProvider | null> {
    const { judgement } = await this.claim.judge(position)
    if (judgement.kind === 'rule') return null
    const { guest, createMachine, pause, model } = this.#options
    return new MachineTraceProvider({
      kind: KIND.block,
      run: nodeTracedRun(guest, judgement.run),
      coarseHeight: model.coarseHeight,
      fineHeight: model.fineHeight,
      createMachine,
      ...(pause === undefined ? {} : { pause }),
    })
  }
}
