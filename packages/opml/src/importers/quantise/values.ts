import type { Tensor } from '../builder/tensor.ts'
import type { Range } from './calibration.ts'

/** Greatest magnitude of a 16-bit activation: symmetric, zero point 0. */
export const WIDE_LIMIT = 32767

/** How a tensor is to be stored: 8 bits with a zero point, or 16 bits with magnitudes up to `limit`. */
export type Form = { readonly bits: 8 } | { readonly bits: 16; readonly limit: number }

/** 8 bits. */
export const NARROW: Form = { bits: 8 }
/** 16 bits, all of them. */
export const WIDE: Form = { bits: 16, limit: WIDE_LIMIT }

/** Integers that stand for `(q − zero) · scale`. */
export interface Stored {
  readonly kind: 'stored'
  readonly tensor: Tensor
  readonly scale: number
  readonly zero: number
  /** Greatest |q − zero|. */
  readonly limit: number
}

/** Integers of class i32 that are about to be requantised: `(v − zero) · scales[channel]`. */
export interface Source {
  readonly shape: readonly number[]
  /** One for all, or one a channel of dimension `axis`. */
  readonly scales: readonly number[]
  readonly axis: number
  readonly zero: number
  /** Greatest |v|. */
  readonly bound: number
  /** Appends the node, at most once. */
  readonly emit: () => Tensor
  /** Where `emit` gives the elements in another order. */
  readonly apart?: Apart
  /** The tensor itself where nothing has to be computed. */
  readonly stored?: Stored
}

/** Elements that have yet to find their places: what is requantised before they do needs no pass of its own. */
export interface Apart {
  readonly shape: readonly number[]
  /** Dimension 1 of `shape` has this many places for each channel. */
  readonly perChannel: number
  /** The tensor of the source's shape. */
  readonly arrange: (tensor: Tensor) => Tensor
}

/** `gain · source + offset`, a channel at a time, then limited to `clamp`: what one requantisation computes. */
export interface Affine {
  readonly kind: 'affine'
  readonly source: Source
  /** One for all, or one a channel of dimension `axis`. */
  readonly gain: readonly number[]
  readonly offset: readonly number[]
  readonly axis: number
  readonly clamp?: Range
}

/** A function of one stored tensor, element by element: what one table look-up computes. */
export interface Table {
  readonly kind: 'table'
  readonly base: Stored
  /** A constant f32 tensor: the real result for each q, in the order of q's unsigned bits. */
  readonly values: Tensor
}

/** A real tensor of the model, not yet or already stored as integers. */
export type Value = Stored | Affine | Table

/** A stored tensor as the start of a requantisation. */
export function affineOf(stored: Stored): Affine {
  const { tensor, scale, zero, limit } = stored
  const source: Source = {
    shape: tensor.shape,
    scales: [scale],
    axis: 0,
    zero,
    bound: limit + Math.abs(zero),
    emit: () => tensor,
    stored,
  }
  return { kind: 'affine', source, gain: [1], offset: [0], axis: 0 }
}

/** Shape of a value. */
export function shapeOf(value: Value): readonly number[] {
  switch (value.kind) {
    case 'stored':
      return value.tensor.shape
    case 'affine':
      return value.source.shape
    case 'table':
      return value.base.tensor.shape
  }
}
