// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The pc of every halted state that a run can reach
/// @notice Exit, and 0x10 + the RISC-V exception code for traps (spec/04-machine §2).
library HaltPc {
    /// @notice A state is halted iff its pc is at or above this.
    uint32 internal constant BASE = 0xffffff00;
    uint32 internal constant EXIT = 0xffffff00;
    uint32 internal constant INSTRUCTION_ADDRESS_MISALIGNED = 0xffffff10;
    uint32 internal constant INSTRUCTION_ACCESS_FAULT = 0xffffff11;
    uint32 internal constant ILLEGAL_INSTRUCTION = 0xffffff12;
    uint32 internal constant BREAKPOINT = 0xffffff13;
    uint32 internal constant LOAD_ADDRESS_MISALIGNED = 0xffffff14;
    uint32 internal constant STORE_ADDRESS_MISALIGNED = 0xffffff16;
    uint32 internal constant STORE_ACCESS_FAULT = 0xffffff17;
    uint32 internal constant ENVIRONMENT_CALL = 0xffffff18;
}
