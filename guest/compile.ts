import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { GuestProgram } from './programs.ts'
import { CLANG, GCC, LLD, runTool } from './toolchain.ts'

const TARGET = ['--target=riscv32-unknown-elf', '-march=rv32im', '-mabi=ilp32', '-mno-relax']
const CODE_FLAGS = ['-std=c11', '-ffreestanding', '-O2', '-fwrapv', '-ffp-contract=off']
const SECTION_FLAGS = ['-ffunction-sections', '-fdata-sections']
const SOURCE_FLAGS = ['-Wall', '-Wextra', '-Werror', '-Ikernels/include', '-Iguest/include']
const C_FLAGS = [...CODE_FLAGS, ...SECTION_FLAGS, ...SOURCE_FLAGS]
const LAYOUT_FLAGS = ['-m', 'elf32lriscv', '-T', 'guest/guest.ld', '-z', 'max-page-size=4096']
const LINK_FLAGS = [...LAYOUT_FLAGS, '--gc-sections', '--strip-debug', '--discard-all', '--build-id=none']

/** Compiles one source, named relative to the repository `root` so that no path of the machine gets into the object, and returns the object. */
export function compileGuest(source: string, p: { folder: string; root: string }): string {
  const object = join(p.folder, `${basename(source).replace(/\.[cS]$/, '')}.o`)
  const flags = source.endsWith('.S') ? [] : C_FLAGS
  const own = source === 'guest/memory.c' ? ['-fno-builtin'] : []
  runTool(CLANG, [...TARGET, ...flags, ...own, '-c', source, '-o', object], p.root)
  return object
}

/** The archive of the compiler's own routines, soft float among them. */
export function guestLibrary(root: string): string {
  return runTool(GCC, ['-march=rv32im', '-mabi=ilp32', '-print-libgcc-file-name'], root).trim()
}

/** Links an image, through a file in `folder`, and returns its bytes. */
export function linkGuest(
  program: GuestProgram,
  p: { objects: readonly string[]; libgcc: string; folder: string; root: string },
): Buffer {
  const image = join(p.folder, `${program.name}.elf`)
  const sizes = [
    `--defsym=__opml_input_size=${program.inputSlotBytes}`,
    `--defsym=__opml_output_size=${program.outputSlotBytes}`,
  ]
  runTool(LLD, [...LINK_FLAGS, ...sizes, ...p.objects, p.libgcc, '-o', image], p.root)
  return readFileSync(image)
}
