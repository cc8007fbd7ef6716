// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {RealGasTest} from "./RealGasTest.sol";

/// @notice Ends of matches whose winner meets the next opponent at once: they write a match more, and have a budget of
/// their own (spec/06 §10, `END_PAIRED_GAS`).
abstract contract EndGasTest is RealGasTest {
    /// @dev Honest and liar play, a third claim waits.
    function setUpThree() private returns (ITournament.MatchKey memory key_, Side memory honest_, Side memory liar_) {
        _quiet = true;
        (honest_, liar_) = (sideOf("honest"), sideOf("liar"));
        key_ = begin(honest_, liar_);
        Side memory third = sideOf("third");
        uint256 bond = _game.bondWei(MODEL, 0);
        as_(third);
        _game.joinRoot{value: bond}(_rootId, joinOf(third));
        refundedGas();
    }

    function test_timeoutThatMakesAMatch_gas_isWithinBudgetAndRefunded() external {
        (ITournament.MatchKey memory key,, Side memory liar) = setUpThree();
        skip(2000);
        _quiet = false;
        as_(liar);
        _game.timeout(key);
        note("timeout, match made", 190_000, false);
        assertEq(_game.tournament(_rootId).openMatches, 1, "the winner met the third claim");
    }

    function test_finishInnerThatMakesAMatch_gas_isWithinBudgetAndRefunded() external {
        (ITournament.MatchKey memory key, Side memory honest, Side memory liar) = setUpThree();
        (bytes32 leafA, bytes32 leafB) = playCoarse(key, honest, liar);
        playFine(key, honest, liar, leafA, leafB, false);
        skip(2000);
        ITournament.ClaimKey memory winner = keyOf(honest, true);
        _quiet = false;
        as_(honest);
        _game.finishInner(key, leafA, leafB, MODEL, prevOf(honest), winner);
        note("finishInner, match made", 190_000, false);
        assertEq(_game.tournament(_rootId).openMatches, 1, "the winner met the third claim");
    }
}

/// @notice 12 + 12 levels.
/// forge-config: default.isolate = true
contract Tournament_EndGas_Test is EndGasTest {
    function setUp() external {
        setUpDispute("Tournament", 12, 12, 16384);
    }
}

/// @notice The greatest heights that the registry takes.
/// forge-config: default.isolate = true
contract Tournament_DeepEndGas_Test is EndGasTest {
    function setUp() external {
        setUpDispute("TournamentDeep", 40, 20, 1 << 30);
    }
}
