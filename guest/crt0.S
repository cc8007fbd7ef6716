# Entry of every machine program: all registers are 0 (spec/04 section 6). The exit code is what main returns.
  .section .text.start, "ax", @progbits
  .globl _start
_start:
  lui sp, %hi(__stack_top)
  addi sp, sp, %lo(__stack_top)
  call main
  li a7, 93
  ecall
