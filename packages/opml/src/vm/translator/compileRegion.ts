import type { Instruction } from '../decode.ts'
import { planAccesses } from './accessPlan.ts'
import { analyseFlow, type FlowGraph, type FlowNode } from './controlFlow.ts'
import { AccessEmitter } from './emitAccess.ts'
import { emitArithmetic, emitCondition } from './emitArithmetic.ts'
import { BUDGET_ADDRESS, EXIT_REASON_ADDRESS, ExitReason, REGISTERS_START } from './layout.ts'
import type { Edge, Effort, Region } from './region.ts'
import { RegisterLocals } from './registerLocals.ts'
import { CodeWriter, encodeModule, Op } from './wasm.ts'

/** A region as a WebAssembly module that exports the function `region`. */
export interface CompiledRegion {
  readonly module: Uint8Array<ArrayBuffer>
  /** With a smaller budget the region retires nothing. */
  readonly minBudget: number
}

const BUDGET = 0
const PC = 1
const EXIT_REASON = 2
const SCRATCH = 3
const FIRST_REGISTER = 4

/** Steps that the code emitted so far has retired but not yet subtracted from the budget. */
type Pending = number

/**
 * Writes one region as structured WebAssembly.
 *
 * Control flow follows Ramsey's "Beyond Relooper": a block is nested inside its dominator; a block reached from several places is
 * the code behind a `block` label, a loop header the start of a `loop`. Steps are subtracted from the budget where paths join.
 */
class RegionEmitter {
  readonly #code = new CodeWriter()
  readonly #codeEnd: number
  readonly #outOfBudget: number
  readonly #isShared: boolean
  readonly #graph: FlowGraph
  readonly #registers: RegisterLocals
  /** What is still to be emitted, the next at the end. */
  readonly #tasks: (() => void)[] = []
  /** Number of open labels; the outermost is the exit of the region. */
  #depth = 0
  /** How many labels were open outside the label of a node, by the node's order. */
  readonly #labelDepth: number[] = []
  #numLocals: number

  constructor(region: Region, { codeEnd, effort, isShared }: CompileOptions) {
    this.#isShared = isShared
    this.#codeEnd = codeEnd
    this.#outOfBudget = effort === 'quick' ? ExitReason.outOfBudgetInQuickRegion : ExitReason.none
    this.#graph = analyseFlow(region.entry)
    this.#registers = new RegisterLocals(this.#graph, FIRST_REGISTER)
    this.#numLocals = this.#registers.end
  }

  compile(): CompiledRegion {
    const code = this.#code
    const { entry } = this.#graph
    const minBudget = entry.checkSteps ?? 0
    code.i32(BUDGET_ADDRESS)
    code.memory(Op.i32Load, 2, 0)
    code.indexed(Op.localTee, BUDGET)
    code.i32(minBudget)
    code.op(Op.i32LtS)
    code.open(Op.if)
    code.op(Op.return)
    code.op(Op.end)
    this.#registers.load(code)
    this.#open(Op.block)
    this.#then(
      () => this.#tree(entry, 0),
      () => this.#close(),
    )
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) task()
    for (const [address, local] of [
      [REGISTERS_START, PC],
      [BUDGET_ADDRESS, BUDGET],
      [EXIT_REASON_ADDRESS, EXIT_REASON],
    ]) {
      code.i32(address)
      code.indexed(Op.localGet, local)
      code.memory(Op.i32Store, 2, 0)
    }
    this.#registers.store(code)
    const numLocals = this.#numLocals
    const region = { name: 'region', numParameters: 0, hasResult: false, numLocals, code: code.view() }
    return { module: encodeModule([region], { isShared: this.#isShared }), minBudget }
  }

  /**
   * Emits what `tasks` emit, in this order, after the running task and before what was to follow it.
   *
   * A list instead of recursion: a region may be thousands of blocks deep.
   */
  #then(...tasks: (() => void)[]): void {
    for (const task of tasks.reverse()) this.#tasks.push(task)
  }

  /** Opens a block, loop or condition; a branch to `node` is from here on a branch to its label. */
  #open(opcode: number, node?: FlowNode): void {
    if (node !== undefined) this.#labelDepth[node.order] = this.#depth
    this.#code.open(opcode)
    this.#depth++
  }

  #close(): void {
    this.#code.op(Op.end)
    this.#depth--
  }

  #branchToNode(opcode: number, node: FlowNode): void {
    this.#code.indexed(opcode, this.#depth - 1 - this.#labelDepth[node.order])
  }

  #subtractSteps(steps: number): void {
    if (steps === 0) return
    this.#code.indexed(Op.localGet, BUDGET)
    this.#code.i32(steps)
    this.#code.op(Op.i32Sub)
    this.#code.indexed(Op.localSet, BUDGET)
  }

  /** Emits the blocks that `node` dominates. Control never falls out of the emitted code. */
  #tree(node: FlowNode, pending: Pending): void {
    if (node.isLoopHeader) this.#open(Op.loop, node)
    // The entry is checked before the registers are loaded, and here again when it is a loop.
    const isChecked = node.order > 0 || node.isLoopHeader
    if (isChecked && node.checkSteps !== undefined) this.#checkBudget(node, node.checkSteps)
    if (node.isLoopHeader) this.#then(() => this.#close())
    this.#then(() => this.#within(node, node.merges, pending))
  }

  #within(node: FlowNode, merges: readonly FlowNode[], pending: Pending): void {
    const [outermost, ...rest] = merges
    if (outermost === undefined) {
      this.#block(node, pending)
      return
    }
    this.#open(Op.block, outermost)
    this.#then(
      () => this.#within(node, rest, pending),
      () => this.#close(),
      () => this.#tree(outermost, 0),
    )
  }

  #checkBudget(node: FlowNode, steps: number): void {
    this.#code.indexed(Op.localGet, BUDGET)
    this.#code.i32(steps)
    this.#code.op(Op.i32LtS)
    this.#open(Op.if)
    this.#leave(node.block.pc, 0, this.#outOfBudget)
    this.#close()
  }

  /** Leaves the region with `pc`, which only the interpreter may know how to execute. */
  #leave(pc: number, retired: number, reason: number = ExitReason.none): void {
    this.#code.i32(pc)
    this.#code.indexed(Op.localSet, PC)
    this.#exit(retired, reason)
  }

  #exit(retired: number, reason: number): void {
    if (reason !== ExitReason.none) {
      this.#code.i32(reason)
      this.#code.indexed(Op.localSet, EXIT_REASON)
    }
    this.#subtractSteps(retired)
    this.#code.indexed(Op.br, this.#depth - 1)
  }

  #block(node: FlowNode, pending: Pending): void {
    const { block } = node
    const { terminator, instructions } = block
    this.#straightLine(node, pending)
    const last = instructions.at(-1)
    const lastPc = block.pc + 4 * (instructions.length - 1)
    const retired = pending + instructions.length
    switch (terminator.kind) {
      case 'stop':
        this.#leave(lastPc + 4, retired, ExitReason.mustInterpret)
        return
      case 'jump':
        // A jump that traps must not write its link register.
        if (terminator.to.kind !== 'trap') this.#link(last, lastPc)
        this.#follow(node, terminator.to, retired, lastPc)
        return
      case 'branch':
        if (last !== undefined) this.#conditional(node, last, terminator, retired, lastPc)
        return
      case 'indirect':
        if (last !== undefined) this.#indirect(node, last, terminator.guesses, retired, lastPc)
    }
  }

  /** All instructions but those that transfer control. */
  #straightLine({ block }: FlowNode, pending: Pending): void {
    const code = this.#code
    const registers = this.#registers
    let position = 0
    const plan = planAccesses(block.instructions, block.pc, this.#codeEnd)
    const accesses = new AccessEmitter({
      code,
      registers,
      codeEnd: this.#codeEnd,
      allocate: () => this.#numLocals++,
      leaveIf: () => {
        this.#open(Op.if)
        this.#leave(block.pc + 4 * position, pending + position, ExitReason.mustInterpret)
        this.#close()
      },
    })
    for (; position < block.instructions.length; position++) {
      const instruction = block.instructions[position]
      const access = plan.get(position)
      if (access !== undefined) accesses.emit(instruction, access)
      else if (!isTransfer(instruction)) emitArithmetic(code, registers, instruction, block.pc + 4 * position)
    }
  }

  #link(instruction: Instruction | undefined, pc: number): void {
    if (instruction === undefined || !isTransfer(instruction) || instruction.rd === 0) return
    this.#code.i32(pc + 4)
    this.#registers.set(this.#code, instruction.rd)
  }

  /** True when control reaches the edge's block by a branch to a label. */
  #needsLabel(from: FlowNode, edge: Edge): boolean {
    if (edge.kind !== 'block') return false
    const to = this.#graph.nodeOf(edge.block)
    return to.order <= from.order || to.isMerge
  }

  /** Continues along `edge`; `retired` counts the instruction at `pc`, which made the jump. */
  #follow(from: FlowNode, edge: Edge, retired: number, pc: number): void {
    if (edge.kind === 'trap') this.#leave(pc, retired - 1, ExitReason.mustInterpret)
    else if (edge.kind === 'leave') this.#leave(edge.pc, retired)
    else {
      const to = this.#graph.nodeOf(edge.block)
      const isLabelled = this.#needsLabel(from, edge)
      if (!isLabelled && to.checkSteps === undefined) {
        this.#tree(to, retired)
        return
      }
      this.#subtractSteps(retired)
      if (isLabelled) this.#branchToNode(Op.br, to)
      else this.#tree(to, 0)
    }
  }

  #conditional(
    from: FlowNode,
    instruction: Instruction,
    { taken, notTaken }: { taken: Edge; notTaken: Edge },
    retired: number,
    pc: number,
  ): void {
    const code = this.#code
    const isTakenLabelled = this.#needsLabel(from, taken)
    const isOtherLabelled = this.#needsLabel(from, notTaken)
    let rest = retired
    if (isTakenLabelled || isOtherLabelled) {
      // One subtraction before the branch serves both sides. A trap on one of them gives its step back.
      this.#subtractSteps(retired)
      rest = 0
    }
    emitCondition(code, this.#registers, instruction)
    if (isTakenLabelled && taken.kind === 'block') {
      this.#branchToNode(Op.brIf, this.#graph.nodeOf(taken.block))
      this.#follow(from, notTaken, rest, pc)
      return
    }
    if (isOtherLabelled && notTaken.kind === 'block') {
      code.op(Op.i32Eqz)
      this.#branchToNode(Op.brIf, this.#graph.nodeOf(notTaken.block))
      this.#follow(from, taken, rest, pc)
      return
    }
    this.#open(Op.if)
    this.#then(
      () => this.#follow(from, taken, rest, pc),
      () => this.#close(),
      () => this.#follow(from, notTaken, rest, pc),
    )
  }

  #indirect(
    from: FlowNode,
    instruction: Instruction,
    guesses: readonly { readonly pc: number; readonly to: Edge }[],
    retired: number,
    pc: number,
  ): void {
    const code = this.#code
    this.#registers.get(code, instruction.rs1)
    if (instruction.imm !== 0) {
      code.i32(instruction.imm)
      code.op(Op.i32Add)
    }
    code.i32(-2)
    code.op(Op.i32And)
    code.indexed(Op.localSet, SCRATCH)
    const attempts = guesses.flatMap((guess) => [
      () => this.#openIfScratchIs(guess.pc),
      () => this.#follow(from, guess.to, retired, pc),
      () => this.#close(),
    ])
    this.#then(...attempts, () => this.#leaveToScratch(instruction, retired, pc))
  }

  #openIfScratchIs(pc: number): void {
    this.#code.indexed(Op.localGet, SCRATCH)
    this.#code.i32(pc)
    this.#code.op(Op.i32Eq)
    this.#open(Op.if)
  }

  /** Leaves the region by the indirect jump at `pc`, whose target is in the scratch local. */
  #leaveToScratch(instruction: Instruction, retired: number, pc: number): void {
    const code = this.#code
    // One comparison tests alignment and range: the target is a multiple of 4 below CODE_END.
    code.indexed(Op.localGet, SCRATCH)
    code.i32(2)
    code.op(Op.i32Rotr)
    code.i32(this.#codeEnd / 4)
    code.op(Op.i32GeU)
    this.#open(Op.if)
    this.#leave(pc, retired - 1, ExitReason.mustInterpret)
    this.#close()
    this.#link(instruction, pc)
    code.indexed(Op.localGet, SCRATCH)
    code.indexed(Op.localSet, PC)
    this.#exit(retired, ExitReason.none)
  }
}

function isTransfer({ row }: Instruction): boolean {
  return row.format === 'B' || row.format === 'J' || row.mnemonic === 'jalr'
}

/** What {@link compileRegion} needs besides the region. */
export interface CompileOptions {
  /** CODE_END in bytes. */
  readonly codeEnd: number
  /** How the region was found; a quick one says so when the budget runs out in it. */
  readonly effort: Effort
  /** Whether the machine's memory is a shared one. */
  readonly isShared: boolean
}

/** Compiles `region`. */
export function compileRegion(region: Region, options: CompileOptions): CompiledRegion {
  return new RegionEmitter(region, options).compile()
}
