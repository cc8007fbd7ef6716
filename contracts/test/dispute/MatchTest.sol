// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GameTest} from "./GameTest.sol";

/// @notice A match between a liar, who opened, and the honest player.
abstract contract MatchTest is GameTest {
    uint256 internal _liar;
    bytes32 internal _match;

    function setUp() external {
        setUpGame(5, 4);
        // Wrong from step 300 on: coarse leaf 18 of 32, fine leaf 12 of 16.
        _liar = addPlayer("liar", liesFrom(300, 1));
        open(_liar);
        join(HONEST);
        _match = lastMatch();
    }

    /// @dev The fine match of the only coarse one, honest claim first.
    function fineMatch() internal returns (bytes32) {
        descend(_match);
        seal(_match);
        joinInner(_match, HONEST);
        joinInner(_match, _liar);
        return lastMatch();
    }
}
