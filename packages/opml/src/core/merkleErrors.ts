import { OpmlError } from './errors.ts'

/** More bytes than the tree's blocks hold. */
export class TreeOverflowError extends OpmlError {
  override readonly name = 'TreeOverflowError'
  readonly numBytes: number
  readonly height: number

  constructor(p: { numBytes: number; height: number }) {
    super(`${p.numBytes} bytes do not fit a tree of height ${p.height}, which holds ${128 * 2 ** p.height} bytes.`, {
      code: 'CORE_TREE_OVERFLOW',
      suggestion: 'Use a higher tree or fewer bytes.',
    })
    this.numBytes = p.numBytes
    this.height = p.height
  }
}

/** More bytes than a slot holds behind its length word (spec/03 §2). */
export class SlotOverflowError extends OpmlError {
  override readonly name = 'SlotOverflowError'
  readonly numBytes: number
  readonly height: number

  constructor(p: { numBytes: number; height: number }) {
    super(
      `${p.numBytes} bytes do not fit a slot of height ${p.height}, which holds ${128 * 2 ** p.height - 4} bytes.`,
      {
        code: 'CORE_SLOT_OVERFLOW',
        suggestion: 'Send fewer bytes, or register the model with a larger slot.',
      },
    )
    this.numBytes = p.numBytes
    this.height = p.height
  }
}

/** A node that the tree does not have: a height or an index outside it, or an opening below the leaves. */
export class NoSuchNodeError extends OpmlError {
  override readonly name = 'NoSuchNodeError'
  readonly height: number
  readonly index: number
  readonly treeHeight: number

  constructor(p: { height: number; index: number; treeHeight: number }) {
    super(`A tree of height ${p.treeHeight} has no node of index ${p.index} at height ${p.height}.`, {
      code: 'CORE_NO_SUCH_NODE',
      suggestion: 'A node at height h of a tree of height H has an index from 0 to 2^(H - h) - 1.',
    })
    this.height = p.height
    this.index = p.index
    this.treeHeight = p.treeHeight
  }
}
