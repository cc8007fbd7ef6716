import type { FaultSite } from './faultSites.ts'

/** Changes that alter no bit of any output, by file, statement and reason. A kernel whose change matters is never here: it gets a test. */
const UNSEEN: readonly { readonly file: RegExp; readonly kernel: RegExp; readonly why: string }[] = [
  { file: /engine\/run\.c$/, kernel: /./, why: 'how threads share the parts of a kernel' },
  {
    file: /(math\/(scalar|simd)|include\/f32)\.h$/,
    kernel: /./,
    why: 'the primitives that every function consists of',
  },
  { file: /math\/apply\.h$/, kernel: /./, why: 'the entry of the conformance tests, not a kernel' },
]

/** Why a change is left out; undefined for one that a test must see. */
export function whyUnseen({ file, kernel }: Pick<FaultSite, 'file' | 'kernel'>): string | undefined {
  return UNSEEN.find((row) => row.file.test(file) && row.kernel.test(kernel))?.why
}
