#!/bin/sh
# Builds the benchmark guests from their sources: build.sh [FOLDER] [NAME …]. Needs clang-14, lld-14, gcc-riscv64-unknown-elf.
set -eu
here=$(dirname "$0")
out=${1:-$here}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- quicksort keccak int8Network f32Network
libgcc=$(riscv64-unknown-elf-gcc -march=rv32im -mabi=ilp32 -print-libgcc-file-name)
mkdir -p "$out"
for name in "$@"; do
  clang-14 --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 -mno-relax -std=c11 -O3 -ffreestanding -fwrapv -ffp-contract=off \
    -Wall -Wextra ${GUEST_FLAGS:-} -c "$here/$name.c" -o "$out/$name.o"
  ld.lld-14 -T "$here/guest.ld" --strip-all -o "$out/$name.elf" "$out/$name.o" "$libgcc"
  rm "$out/$name.o"
done
