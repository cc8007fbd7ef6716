// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {InvariantTest} from "../base/InvariantTest.sol";
import {GameHandler} from "./GameHandler.sol";

/// @notice What holds after any sequence of actions (spec/06 §7, §8).
contract Tournament_Invariant_Test is InvariantTest {
    GameHandler private _handler;

    function setUp() external {
        _handler = new GameHandler(5, 4, 0x6f706d6c);
        targetContract(address(_handler));
        // Left to itself the fuzzer sends from the game's own address too, and gives it back gas that it never paid.
        targetSender(makeAccount("fuzzer", 0));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = GameHandler.act.selector;
        targetSelector(address(_handler), selectors);
    }

    function invariant_audit_bonds_sumToBalance() external view {
        _handler.assertFunds();
    }

    function invariant_honestClaimNeverLoses() external view {
        _handler.assertHonestLives();
    }
}

/// forge-config: default.fuzz.runs = 64
/// @notice Whole random games from a seed to an empty contract.
contract Tournament_RandomGames_Test is InvariantTest {
    function play(uint8 _coarse, uint8 _fine, uint256 _seed, uint256 _actions) private {
        GameHandler handler = new GameHandler(_coarse, _fine, _seed);
        for (uint256 i = 0; i < _actions; ++i) {
            handler.act(i);
            handler.assertHonestLives();
        }
        handler.playOut();
        handler.assertHonestLives();
        handler.assertEnded();
    }

    function testFuzz_randomGame_5_4(uint256 _seed) external {
        play(5, 4, _seed, 80);
    }

    function testFuzz_randomGame_4_0(uint256 _seed) external {
        play(4, 0, _seed, 60);
    }

    function testFuzz_randomGame_0_4(uint256 _seed) external {
        play(0, 4, _seed, 60);
    }

    function testFuzz_randomGame_3_2(uint256 _seed) external {
        play(3, 2, _seed, 80);
    }
}
