#!/bin/sh
# Builds the benchmark guests from their sources: build.sh [FOLDER] [NAME …]. Needs clang-14, lld-14, gcc-riscv64-unknown-elf.
set -eu
here=$(dirname "$0")
kernels=$here/../../kernels
out=${1:-$here}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- quicksort keccak int8Network f32Network
libgcc=$(riscv64-unknown-elf-gcc -march=rv32im -mabi=ilp32 -print-libgcc-file-name)
flags="--target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 -mno-relax -std=c11 -O3 -ffreestanding -fwrapv -ffp-contract=off
  -ffunction-sections -Wall -Wextra -I$kernels/include ${GUEST_FLAGS:-}"
mkdir -p "$out"
objects=$(mktemp -d)
for file in "$kernels"/ops/*.c; do
  clang-14 $flags -c "$file" -o "$objects/$(basename "$file" .c).kernel.o"
done
for name in "$@"; do
  clang-14 $flags -c "$here/$name.c" -o "$objects/$name.o"
  ld.lld-14 -T "$here/guest.ld" --gc-sections --strip-all -o "$out/$name.elf" "$objects/$name.o" "$objects"/*.kernel.o "$libgcc"
done
rm -r "$objects"
