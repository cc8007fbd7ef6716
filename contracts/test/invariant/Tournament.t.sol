// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {InvariantTest} from "../base/InvariantTest.sol";
import {GameHandler} from "./GameHandler.sol";

/// @notice What holds after any sequence of actions (spec/06 §7, §8).
abstract contract TournamentInvariantTest is InvariantTest {
    GameHandler private _handler;

    function setUpHandler(GameHandler _with) internal {
        _handler = _with;
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

contract Tournament_Invariant_Test is TournamentInvariantTest {
    function setUp() external {
        setUpHandler(new GameHandler(0, 5, 4, 0x6f706d6c));
    }
}

contract Tournament_GraphInvariant_Test is TournamentInvariantTest {
    function setUp() external {
        setUpHandler(new GameHandler(3, 2, 2, 0x6f706d6c));
    }
}

/// forge-config: default.fuzz.runs = 64
/// @notice Whole random games from a seed to an empty contract.
contract Tournament_RandomGames_Test is InvariantTest {
    function play(uint8 _graph, uint8 _coarse, uint8 _fine, uint256 _seed, uint256 _actions) private {
        GameHandler handler = new GameHandler(_graph, _coarse, _fine, _seed);
        for (uint256 i = 0; i < _actions; ++i) {
            handler.act(i);
            handler.assertHonestLives();
        }
        handler.playOut();
        handler.assertHonestLives();
        handler.assertEnded();
    }

    function testFuzz_randomGame_5_4(uint256 _seed) external {
        play(0, 5, 4, _seed, 80);
    }

    function testFuzz_randomGame_4_0(uint256 _seed) external {
        play(0, 4, 0, _seed, 60);
    }

    function testFuzz_randomGame_0_4(uint256 _seed) external {
        play(0, 0, 4, _seed, 60);
    }

    function testFuzz_randomGame_3_2(uint256 _seed) external {
        play(0, 3, 2, _seed, 80);
    }

    function testFuzz_randomGame_graph_3_2_2(uint256 _seed) external {
        play(3, 2, 2, _seed, 80);
    }

    /// @dev Without a fine tree: nodes, then instructions.
    function testFuzz_randomGame_graph_4_2_0(uint256 _seed) external {
        play(4, 2, 0, _seed, 80);
    }
}
