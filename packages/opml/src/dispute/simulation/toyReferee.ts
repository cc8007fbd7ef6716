import type { Bytes32, Hex } from '../../core/bytes.ts'
import type { Judgement, RefereeMachine, Task } from '../rules/state.ts'
import { rootOfProof } from '../subtree.ts'
import type { JoinData } from '../types.ts'
import { ZERO_WORD } from '../types.ts'
import { hashHex, hashWords, isHexOfLength, splitWords } from '../words.ts'
import type { ToyModel, ToyPlace, ToyProgram } from './toyModel.ts'
import { indexOf, operandsOf, outputOf, placeOf, sectionAt, toyLevels } from './toyModel.ts'
import { ZERO_LEAF, blockStart, isHaltLeaf, isPadding, numberWord } from './toyProgramRun.ts'
import { toyProgramResult } from './toyProgramTrace.ts'
import { toyResult } from './toyTrace.ts'

/** The toy machine, and the program over it if the model has one, as the rules of the game see them. */
export function toyMachine(model: ToyModel): RefereeMachine {
  const levels = toyLevels(model)
  const { program } = model
  return {
    levels: () => levels,
    initialState: (task, siblings) =>
      siblings.length === 1 && siblings[0] === task.inputRoot ? hashWords(task.inputRoot) : null,
    resultOf: (_task, join) => (program === undefined ? finalState(join) : programResult(program, join)),
    leafOf: (_task, join) => finalState(join),
    judge: (task, p) => (program === undefined ? null : judge(program, task, p)),
    step: (_task, prev, witness) => (witness === prev ? hashHex(witness) : null),
  }
}

/** The evidence is the last state itself. */
function finalState({ lastLeaf, evidence }: JoinData): Bytes32 | null {
  return isHexOfLength(evidence, 32) && evidence === lastLeaf ? toyResult(evidence) : null
}

function programResult(program: ToyProgram, { root, lastLeaf, evidence }: JoinData): Bytes32 | null {
  const proofs = new Proofs({ program, traceRoot: root, evidence })
  const output = proofs.output(outputOf(program))
  return lastLeaf === ZERO_WORD && output !== null && proofs.isRead() ? toyProgramResult(output) : null
}

/** A leaf, from the cheapest rule on: past the end; after the halt; computed. */
function judge(
  program: ToyProgram,
  task: Task,
  p: { traceRoot: Bytes32; index: bigint; evidence: Hex },
): Judgement | null {
  const place = placeOf(program, Number(p.index))
  const proofs = new Proofs({ program, ...p })
  const decided = (answer: Bytes32 | null): Judgement | null =>
    answer !== null && proofs.isRead() ? { isDecided: true, answer } : null
  if (isPadding(program, place)) return decided(ZERO_LEAF)
  const section = sectionAt(program, place.position)
  const before = place.position - 1
  if (section?.haltNode !== undefined && place.position > section.first) {
    const halt = proofs.leaf({ position: before, node: section.haltNode, block: 0 })
    if (halt === null) return null
    if (isHaltLeaf(halt)) return decided(proofs.leaf({ ...place, position: before }))
  }
  const [first, second] = operandsOf(program, place).map((operand) => {
    if (operand === null) return numberWord(0)
    return operand === 'input' ? task.inputRoot : proofs.output(operand)
  })
  if (typeof first !== 'string' || typeof second !== 'string' || !proofs.isRead()) return null
  return { isDecided: false, answer: blockStart({ inputRoot: task.inputRoot, roots: [first, second], place }) }
}

/** Evidence, read from the left: a word, then its siblings. */
class Proofs {
  private readonly program: ToyProgram
  private readonly traceRoot: Bytes32
  private readonly words: readonly Bytes32[]
  private next = 0

  constructor(p: { program: ToyProgram; traceRoot: Bytes32; evidence: Hex }) {
    this.program = p.program
    this.traceRoot = p.traceRoot
    const isPacked = isHexOfLength(p.evidence, (p.evidence.length - 2) / 2) && (p.evidence.length - 2) % 64 === 0
    // What is no list of words proves nothing: one word more than anything reads.
    this.words = isPacked ? splitWords(p.evidence) : [ZERO_WORD]
  }

  /** A leaf left of the one in dispute; null if it is not proven. */
  leaf(place: ToyPlace): Bytes32 | null {
    return this.node(0, indexOf(this.program, place))
  }

  /** A whole output left of the leaf in dispute; null if it is not proven. */
  output(at: Omit<ToyPlace, 'block'>): Bytes32 | null {
    const { blockHeight } = this.program
    return this.node(blockHeight, indexOf(this.program, { ...at, block: 0 }) >> blockHeight)
  }

  /** Whether nothing is left over. */
  isRead(): boolean {
    return this.next === this.words.length
  }

  private node(height: number, index: number): Bytes32 | null {
    const { stepHeight, nodeHeight, blockHeight } = this.program
    const end = this.next + 1 + stepHeight + nodeHeight + blockHeight - height
    const [word, ...siblings] = this.words.slice(this.next, end)
    if (word === undefined || end > this.words.length) return null
    this.next = end
    return rootOfProof(word, BigInt(index), siblings) === this.traceRoot ? word : null
  }
}
