// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GameTest} from "./GameTest.sol";

/// @notice A game that two liars and the honest player can join.
abstract contract JoinTest is GameTest {
    uint256 internal _liar;
    uint256 internal _other;

    function setUp() external {
        setUpGame(5, 4);
        _liar = addPlayer("liar", liesFrom(300, 1));
        _other = addPlayer("other", liesFrom(200, 2));
    }

    /// @dev Opens an inner game between the liar and the honest player.
    function innerGame() internal returns (bytes32 matchId_) {
        open(_liar);
        join(HONEST);
        matchId_ = lastMatch();
        descend(matchId_);
        seal(matchId_);
    }
}
