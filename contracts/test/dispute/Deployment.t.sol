// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Deployer} from "./Deployer.sol";
import {GameTest} from "./GameTest.sol";

/// @notice Parameters, bonds and names: what a deployment fixes (spec/06 §1, §8, §10).
contract Tournament_Deployment_Test is GameTest {
    function setUp() external {
        setUpGame(5, 4);
    }

    function deploy(ITournament.Parameters memory _p) external {
        Deployer.tournament(_referee, _p);
    }

    function refusesParameters(ITournament.Parameters memory _p) private {
        vm.expectPartialRevert(ITournament.ParameterInvalid.selector);
        this.deploy(_p);
    }

    function test_constructor_eachParameterBelowItsMinimum_reverts() external {
        ITournament.Parameters memory p = defaultParameters();
        p.challengeWindow = 0;
        refusesParameters(p);
        p = defaultParameters();
        p.rootWindow = p.challengeWindow - 1;
        refusesParameters(p);
        p = defaultParameters();
        p.initialClock = uint32(p.rootWindow - 1);
        refusesParameters(p);
        p = defaultParameters();
        p.allowance = 59;
        refusesParameters(p);
        p.allowance = 60;
        this.deploy(p);
        p = defaultParameters();
        p.priceCapWei = 1 gwei - 1;
        refusesParameters(p);
        this.deploy(defaultParameters());
    }

    /// @dev Audit: a clock or a bond that is cut in a cast.
    function test_audit_truncatedCast_parameters_revert() external {
        ITournament.Parameters memory p = defaultParameters();
        p.initialClock = uint32(2 ** 24);
        refusesParameters(p);
        p = defaultParameters();
        p.rootWindow = 2 ** 24;
        vm.expectRevert(
            abi.encodeWithSelector(ITournament.ParameterInvalid.selector, bytes32("rootWindow"), 2 ** 24, 600, 2 ** 24 - 1)
        );
        this.deploy(p);
        p.challengeWindow = type(uint40).max;
        refusesParameters(p);
        p = defaultParameters();
        p.allowance = type(uint32).max;
        refusesParameters(p);
        p = defaultParameters();
        p.initialClock = uint32(2 ** 24 - 1 - 2 * p.allowance);
        this.deploy(p);
        p.priceCapWei = 100_000 gwei;
        refusesParameters(p);
    }

    function test_parameters_areThoseOfTheConstructor() external view {
        assertEq(keccak256(abi.encode(_game.parameters())), keccak256(abi.encode(defaultParameters())));
    }

    /// @dev Worked by hand from the table of spec/06 §10: H = 5 has 2 moves, H = 4 has one.
    function test_bondWei_isTheTableTimesThePriceCap() external view {
        uint256 coarseGas = 300_000 + 210_000 + 90_000 + 65_000 + 250_000 + 190_000 + 210_000 + 190_000;
        assertEq(bondOf(0), coarseGas * 200 gwei);
        uint256 fineGas = 210_000 + 210_000 + 90_000 + 210_000 + 190_000;
        assertEq(bondOf(1), fineGas * 200 gwei);
    }

    /// @dev Each level above 12: twice 700 gas at the root (challenge and join), once below (the seal).
    function test_bondWei_ofTallTrees_paysForLongerProofs() external {
        _registry.add("tall", 40, 20, 3);
        uint256 coarseGas = 300_000 + 210_000 + 90_000 + 9 * 65_000 + 250_000 + 190_000 + 210_000 + 190_000;
        assertEq(_game.bondWei("tall", 0), (coarseGas + 2 * 28 * 700) * 200 gwei);
        uint256 fineGas = 210_000 + 210_000 + 90_000 + 4 * 65_000 + 210_000 + 190_000;
        assertEq(_game.bondWei("tall", 1), (fineGas + 8 * 700) * 200 gwei);
    }

    // Names

    /// @dev Reorg-safe: an id says market, task, claims; another parent gives another id.
    function test_audit_reorg_idsNameWhatTheGameIsAbout() external view {
        bytes32 tag = keccak256("opml.tournament.root.1");
        assertEq(
            _game.rootTournamentId(address(7), "t"), keccak256(abi.encode(tag, address(7), bytes32("t")))
        );
        bytes32 inner = keccak256("opml.tournament.inner.2");
        bytes32 innerId = keccak256(abi.encode(inner, bytes32("m"), bytes32("model"), bytes32("state")));
        assertEq(_game.innerTournamentId(ITournament.Origin("m", "model", "state")), innerId);
        ITournament.ClaimKey memory a = ITournament.ClaimKey("ra", "oa");
        ITournament.ClaimKey memory b = ITournament.ClaimKey("rb", "ob");
        bytes32 idA = keccak256(abi.encode(bytes32("t"), bytes32("ra"), bytes32("oa")));
        bytes32 idB = keccak256(abi.encode(bytes32("t"), bytes32("rb"), bytes32("ob")));
        assertEq(_game.claimIdOf("t", a), idA);
        assertEq(
            _game.matchIdOf(ITournament.MatchKey("t", a, b)), keccak256(abi.encode(bytes32("t"), idA, idB))
        );
    }
}
