import type { Bytes32 } from '../../core/bytes.ts'
import { bytesToHex } from '../../core/bytes.ts'
import { hashText } from '../words.ts'
import type { ToyModel } from './toyModel.ts'
import { indexOf, outputOf, placeOf, sectionAt, toySteps } from './toyModel.ts'
import { ToyProgramTrace } from './toyProgramTrace.ts'
import type { ToyProgramFaults, ToyProgramRun } from './toyProgramRun.ts'
import { haltedAt, isPadding, programOf, runToyProgram } from './toyProgramRun.ts'
import type { ToyHistory, ToyInsides, ToyTraceProvider } from './toyTrace.ts'
import {
  ToyTrace,
  falseState,
  honestHistory,
  liesBetween,
  liesFrom,
  liesInUnusedState,
  liesOnce,
  toyResult,
} from './toyTrace.ts'

/** The toy input that all simulated games are about. */
export const TOY_INPUT_ROOT = hashText('toy input')

/**
 * A lie about a run. Steps are counted through the whole run, from 1: those of a machine program, or those of the machine in all
 * blocks that a program computes, one block after the other. `seed` makes different lies.
 */
export type ToyLie =
  /** State `from` is false, everything after follows from it by the rules. */
  | { readonly kind: 'once'; readonly from: number; readonly seed: string }
  /** All is false from state `from` on. */
  | { readonly kind: 'from'; readonly from: number; readonly seed: string }
  /** False from state `from` to before state `until` (in programs: in whole blocks), true elsewhere: the same result. */
  | { readonly kind: 'between'; readonly from: number; readonly until: number; readonly seed: string }
  /** The true result, and something else in what the end of the run holds besides. */
  | { readonly kind: 'unused'; readonly seed: string }
  /** Programs: the leaf at `index` is no true one, whatever makes it; what follows is computed from it. */
  | { readonly kind: 'leaf'; readonly index: number; readonly seed: string }
  /** Programs: at `position` the section counts as halted, or as not halted, against its halt word. */
  | { readonly kind: 'halt'; readonly position: number; readonly isHalted: boolean }

/** Where in the root tree, and in the machine's run about that leaf, the first false state stands. */
export interface ToyFaultPlace {
  readonly leaf: number
  /** From 1; null where the lie is no false state. */
  readonly step: number | null
}

/** One toy computation: its truth and all lies about it. */
export interface ToyWorld {
  readonly model: ToyModel
  /** Steps of the whole run. */
  readonly numSteps: number
  truth(insides?: ToyInsides): ToyTraceProvider
  lying(lie: ToyLie, insides?: ToyInsides): ToyTraceProvider
  /** Where step `number` of the run is. */
  placeOfStep(number: number): ToyFaultPlace
}

/** The world of a model. */
export function toyWorld(model: ToyModel): ToyWorld {
  return model.program === undefined ? new MachineWorld(model) : new ProgramWorld(model)
}

class MachineWorld implements ToyWorld {
  readonly model: ToyModel
  readonly numSteps: number
  private readonly honest: ToyHistory

  constructor(model: ToyModel) {
    this.model = model
    this.numSteps = toySteps(model)
    this.honest = honestHistory(TOY_INPUT_ROOT, model)
  }

  truth(insides?: ToyInsides): ToyTrace {
    return this.trace(this.honest, insides)
  }

  lying(lie: ToyLie, insides?: ToyInsides): ToyTrace {
    switch (lie.kind) {
      case 'once':
        return this.trace(liesOnce(this.honest, lie), insides)
      case 'from':
        return this.trace(liesFrom(this.honest, lie), insides)
      case 'between':
        return this.trace(liesBetween(this.honest, lie), insides)
      case 'unused':
        return this.trace(liesInUnusedState(this.honest, lie.seed), insides)
      case 'leaf':
      case 'halt':
        throw new RangeError(`A machine program has no lie "${lie.kind}".`)
    }
  }

  placeOfStep(number: number): ToyFaultPlace {
    return { leaf: (number - 1) >> this.model.fineHeight, step: 1 + ((number - 1) & (2 ** this.model.fineHeight - 1)) }
  }

  private trace(history: ToyHistory, innerOf?: ToyInsides): ToyTrace {
    const { model } = this
    return new ToyTrace({ model, history, inputRoot: TOY_INPUT_ROOT, ...(innerOf === undefined ? {} : { innerOf }) })
  }
}

class ProgramWorld implements ToyWorld {
  readonly model: ToyModel
  readonly numSteps: number
  private readonly run: ToyProgramRun
  /** Leaves that the machine computes in the true run. */
  private readonly computed: readonly number[]
  private readonly blockSteps: number

  constructor(model: ToyModel) {
    this.model = model
    this.run = runToyProgram(model, TOY_INPUT_ROOT)
    const program = programOf(model)
    const { leaves } = this.run
    this.computed = leaves.flatMap((_, index) => {
      const place = placeOf(program, index)
      return isPadding(program, place) || haltedAt(program, place.position, leaves) ? [] : [index]
    })
    this.blockSteps = toySteps(model)
    this.numSteps = this.computed.length * this.blockSteps
  }

  truth(insides?: ToyInsides): ToyProgramTrace {
    return this.trace(this.run, insides)
  }

  lying(lie: ToyLie, insides?: ToyInsides): ToyProgramTrace {
    return this.trace(runToyProgram(this.model, TOY_INPUT_ROOT, this.faultsOf(lie)), insides)
  }

  placeOfStep(number: number): ToyFaultPlace {
    const leaf = this.computed[Math.floor((number - 1) / this.blockSteps)]
    if (leaf === undefined) throw new RangeError(`No step ${number} among ${this.numSteps}.`)
    return { leaf, step: 1 + ((number - 1) % this.blockSteps) }
  }

  private faultsOf(lie: ToyLie): ToyProgramFaults {
    switch (lie.kind) {
      case 'once': {
        const { leaf, step } = this.placeOfStep(lie.from)
        return {
          history: (index, honest) => (index === leaf ? liesOnce(honest, { from: step ?? 1, seed: lie.seed }) : null),
        }
      }
      case 'from': {
        const { leaf, step } = this.placeOfStep(lie.from)
        const seed = `${lie.seed} `
        return {
          history: (index, honest) =>
            index < leaf ? null : liesFrom(honest, { from: index === leaf ? (step ?? 1) : 1, seed: `${seed}${index}` }),
        }
      }
      case 'between': {
        const from = this.placeOfStep(lie.from).leaf
        const until = Math.max(from + 1, this.placeOfStep(Math.min(lie.until, this.numSteps)).leaf)
        return {
          leaf: (index) => (index >= from && index < until ? this.falseLeaf(lie.seed, index) : this.trueLeaf(index)),
        }
      }
      case 'unused': {
        const last = this.lastUnused()
        return { leaf: (index) => (index === last ? this.falseLeaf(lie.seed, index) : this.trueLeaf(index)) }
      }
      case 'leaf':
        return { leaf: (index, honest) => (index === lie.index ? wordOf(lie.seed, index) : honest) }
      case 'halt':
        return { isHalted: (position, honest) => (position === lie.position ? lie.isHalted : honest) }
    }
  }

  /** The last leaf that the machine computes and the result does not show; -1 if there is none. */
  private lastUnused(): number {
    return this.computed.findLast((index) => !this.isShown(index)) ?? -1
  }

  private isShown(index: number): boolean {
    const program = programOf(this.model)
    const output = outputOf(program)
    const { position, node } = placeOf(program, index)
    // After a halt the output repeats that of an earlier position.
    const at = sectionAt(program, output.position)
    return node === output.node && at !== null && position >= at.first && position <= at.last
  }

  /** False, unless a changed leaf there would change the result or stand for nothing. */
  private falseLeaf(seed: string, index: number): Bytes32 {
    return this.isShown(index) || !this.computed.includes(index) ? this.trueLeaf(index) : wordOf(seed, index)
  }

  private trueLeaf(index: number): Bytes32 {
    return this.run.leaves[index] ?? '0x'
  }

  private trace(run: ToyProgramRun, innerOf?: ToyInsides): ToyProgramTrace {
    const { model } = this
    return new ToyProgramTrace({ model, inputRoot: TOY_INPUT_ROOT, run, ...(innerOf === undefined ? {} : { innerOf }) })
  }
}

/** A leaf that some final state stands for, and that is not true. */
function wordOf(seed: string, index: number): Bytes32 {
  return toyResult(bytesToHex(falseState(seed, index)))
}

/** The first leaf of a program's trace at a place. */
export function leafAt(model: ToyModel, position: number, node: number, block = 0): number {
  return indexOf(programOf(model), { position, node, block })
}
