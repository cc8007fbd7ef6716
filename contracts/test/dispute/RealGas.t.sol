// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {RealGasTest} from "./RealGasTest.sol";

/// @notice 12 + 12 levels, 16 KiB of code.
/// forge-config: default.isolate = true
contract Tournament_RealGas_Test is RealGasTest {
    function setUp() external {
        setUpDispute("Tournament", 12, 12, 16384);
    }

    function test_lyingServer_gas_isWithinBudgets() external {
        Side memory honest = sideOf("honest");
        Side memory liar = sideOf("liar");
        ITournament.MatchKey memory key = begin(honest, liar);
        (bytes32 leafA, bytes32 leafB) = playCoarse(key, honest, liar);
        playFine(key, honest, liar, leafA, leafB, false);
        finish(key, honest, leafA, leafB);
        vm.snapshotValue("Tournament", "whole dispute, challenge to payment", _total);
        assertLe(_total, 2_000_000, "whole match");
    }
}

/// @notice The greatest heights that the registry takes, 1 GiB of code, and a third claim below.
/// forge-config: default.isolate = true
contract Tournament_DeepGas_Test is RealGasTest {
    function setUp() external {
        setUpDispute("TournamentDeep", 40, 20, 1 << 30);
    }

    function test_greatestHeights_gas_isWithinBudgetsAndRefunded() external {
        Side memory honest = sideOf("honest");
        Side memory liar = sideOf("liar");
        ITournament.MatchKey memory key = begin(honest, liar);
        (bytes32 leafA, bytes32 leafB) = playCoarse(key, honest, liar);
        playFine(key, honest, liar, leafA, leafB, true);
        timeOutThird(key, honest, leafB);
        finish(key, honest, leafA, leafB);
    }
}
