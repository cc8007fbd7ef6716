// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a game asks about a model of either sort.
struct GameTerms {
    /// Kind of the root tournament (`Kinds`): COARSE for a machine program, GRAPH for a tensor program.
    uint8 kind;
    /// Height of the root tournament's tree.
    uint8 rootHeight;
    /// Height of the tree over the states of the machine.
    uint8 coarseHeight;
    /// Height of the tree over single instructions; 0: the machine's states are one instruction apart.
    uint8 fineHeight;
    /// Words of the longest evidence in the root tournament that the gas budgets count (spec/06 §10); 0 for machine programs.
    uint16 words;
    /// CODE_END in bytes; never 0.
    uint32 codeEnd;
    /// Root of the first 2^codeHeight blocks of the image.
    bytes32 codeRoot;
}
