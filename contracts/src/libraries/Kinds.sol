// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Kinds of tournaments
/// @notice What a tournament's tree is made of and how a leaf in dispute is decided (spec/06-dispute.md §2). What each kind does
/// stands in `TournamentKinds`, what it costs in `Bond`.
library Kinds {
    /// @notice States of a machine program, 2^fineHeight instructions apart. A root.
    uint256 internal constant COARSE = 0;
    /// @notice Single instructions, below a leaf of COARSE or BLOCK.
    uint256 internal constant FINE = 1;
    /// @notice Blocks of the outputs of a tensor program. A root.
    uint256 internal constant GRAPH = 2;
    /// @notice States of the machine that computes one block, below a leaf of GRAPH.
    uint256 internal constant BLOCK = 3;

    /// @notice Whether a market opens it; the others lie below a match.
    function isRoot(uint256 _kind) internal pure returns (bool isRoot_) {
        isRoot_ = _kind == COARSE || _kind == GRAPH;
    }
}
