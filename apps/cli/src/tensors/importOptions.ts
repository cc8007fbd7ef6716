import type { Command } from 'commander'
import { MAX_TENSOR_BYTES } from 'opml/graph'
import type { ResultChoice } from 'opml/importers'
import { parseCount } from '../amounts.ts'
import { collect, parseKeyValues } from '../keyValue.ts'

/** Options that say what a model leaves open, and what of it is asked for. */
export interface ImportOptions {
  readonly dim?: readonly string[]
  readonly shape?: readonly string[]
  readonly bind?: readonly string[]
  readonly output?: readonly string[]
  readonly head?: readonly string[]
}

/** What the options say, by name; values of `--bind` are still text. */
export interface OpenValues extends ResultChoice {
  readonly dims: ReadonlyMap<string, number>
  readonly shapes: ReadonlyMap<string, readonly number[]>
  readonly bind: ReadonlyMap<string, string>
}

/** Adds `--dim`, `--shape`, `--bind`, `--output` and `--head`. */
export function withImportOptions(command: Command): Command {
  return command
    .option('--dim <name=n>', 'value of a symbolic dimension of an ONNX file; repeat for more', collect)
    .option('--shape <name=n,n,…>', 'shape of an input that the ONNX file leaves open; repeat for more', collect)
    .option(
      '--bind <name=value>',
      'fix an input that decides shapes or branches: a number, a JSON list, or a .npy file; repeat for more',
      collect,
    )
    .option(
      '--output <name>',
      'a result, instead of the outputs of the ONNX file: one of them, or another value of its graph; repeat for more',
      collect,
    )
    .option(
      '--head <output=spec>',
      'turn a result into an answer that a chain has room for: argmax[:AXIS], topk:K[:AXIS] or threshold:NUMBER; repeat for more',
      collect,
    )
}

/** @throws {UsageError} for what cannot be read. */
export function openValuesOf(options: ImportOptions): OpenValues {
  const size = (flag: string, text: string) => parseCount(flag, text, { min: 0, max: MAX_TENSOR_BYTES })
  const dims = [...parseKeyValues('--dim', options.dim ?? [])].map(
    ([name, text]) => [name, size('--dim', text)] as const,
  )
  const shapes = [...parseKeyValues('--shape', options.shape ?? [])].map(
    ([name, text]) => [name, text === '' ? [] : text.split(',').map((dim) => size('--shape', dim.trim()))] as const,
  )
  return {
    dims: new Map(dims),
    shapes: new Map(shapes),
    bind: parseKeyValues('--bind', options.bind ?? []),
    ...(options.output && { outputs: options.output }),
    ...(options.head && { heads: parseKeyValues('--head', options.head) }),
  }
}
