import { dtypeInfo } from '../../graph/dtype.ts'
import type { Operand } from '../../graph/node.ts'
import type { Shape } from '../../graph/shape.ts'
import type { BuilderConstant } from './programBuilder.ts'

/** Largest constant that {@link ConstantPool.join} makes: factors of channels fit, weights stay where their file has them. */
const MAX_JOINED_BYTES = 2 ** 16

/** The constants of a program, which fusion may add to. */
export class ConstantPool {
  readonly constants: BuilderConstant[]

  constructor(constants: readonly BuilderConstant[]) {
    this.constants = [...constants]
  }

  /**
   * One operand in place of two constants that are read with the same strides over `shape`: `first` as before, `second` by loads that are
   * `shift` elements further. Undefined where the two do not lie so, or are large.
   */
  join(first: Operand, second: Operand, shape: Shape): { operand: Operand; shift: number } | undefined {
    if (first.ref.kind !== 'constant' || second.ref.kind !== 'constant' || first.dtype !== second.dtype)
      return undefined
    const [a, b] = [first.layout, second.layout]
    if (a.kind !== 'view' || b.kind !== 'view') return undefined
    if (!a.strides.every((stride, axis) => stride === b.strides[axis] || shape[axis] === 1)) return undefined
    const { dtype } = first
    const [one, other] = [this.#bytesOf(first.ref.index), this.#bytesOf(second.ref.index)]
    const bytes = new Uint8Array(one.length + other.length)
    if (bytes.length > MAX_JOINED_BYTES) return undefined
    bytes.set(one)
    bytes.set(other, one.length)
    const size = dtypeInfo(dtype).bytes
    this.constants.push({ name: `joined.${this.constants.length}`, dtype, shape: [bytes.length / size], bytes })
    return {
      operand: { ...first, ref: { kind: 'constant', index: this.constants.length - 1 } },
      shift: one.length / size + b.offset - a.offset,
    }
  }

  #bytesOf(index: number): Uint8Array {
    return (this.constants[index] as BuilderConstant).bytes
  }
}
