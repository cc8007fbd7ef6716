// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Deployer} from "../dispute/Deployer.sol";
import {GameTest} from "../dispute/GameTest.sol";
import {ToyTree} from "../dispute/ToyTree.sol";

/// @notice A market on the toy machine with one open request, an honest player, and a liar.
abstract contract MarketTest is GameTest {
    using ToyTree for bytes32[];

    uint256 internal constant FEE = 1 ether;
    uint256 internal constant SUBMIT_BOND = 0.5 ether;
    /// @dev A challenge with the longest evidence, 352 words, and a finish at the price cap, each rounded up to a gwei.
    uint256 internal constant MIN_SUBMIT_BOND = (300_000 + 328 * 1_300 + 130_000) * 200 gwei + 2 gwei;
    bytes internal constant QUESTION = "what is this digit?";
    bytes internal constant TRUTH = "seven";
    bytes internal constant LIE = "one";

    IInferenceMarket internal _market;
    address internal _requester;
    address internal _server;
    uint256 internal _liar;
    bytes32 internal _task;
    uint40 internal _deadline;

    function setUp() external {
        setUpGame(5, 4);
        _market = newMarket(600, SUBMIT_BOND);
        _requester = makeAccount("requester", START_WEI);
        _server = makeAccount("server", START_WEI);
        _liar = addPlayer("liar", liesFrom(300, 1));
        _accounts.push(_server);
        _deadline = uint40(vm.getBlockTimestamp() + 1000);
        _task = ask(0);
        // What the players' histories end in: the truth and a lie.
        _toy.setResult(_players[HONEST].states[511], slotRoot(TRUTH));
        _toy.setResult(_players[_liar].states[511], slotRoot(LIE));
        _rootId = _game.rootTournamentId(address(_market), _task);
    }

    function newMarket(uint40 _window, uint256 _bond) public returns (IInferenceMarket) {
        return IInferenceMarket(Deployer.market(_referee, address(_game), _window, _bond));
    }

    function ask(uint32 _callbackGas) internal returns (bytes32) {
        vm.prank(_requester);
        return _market.request{value: FEE}(MODEL, QUESTION, _deadline, _callbackGas);
    }

    /// @dev Root of a slot of 8 blocks, by hand.
    function slotRoot(bytes memory _content) internal pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](8);
        bytes memory first = new bytes(128);
        first[0] = bytes1(uint8(_content.length));
        for (uint256 i = 0; i < _content.length; ++i) first[4 + i] = _content[i];
        leaves[0] = keccak256(first);
        for (uint256 i = 1; i < 8; ++i) leaves[i] = keccak256(new bytes(128));
        return leaves.build()[1];
    }

    function submit(bytes memory _output) internal {
        vm.prank(_server);
        _market.submit{value: SUBMIT_BOND}(_task, _output, false);
    }

    function challenge(uint256 _player) internal {
        bytes32[] memory nodes = coarseTree(_player);
        ITournament.JoinData memory data = nodes.joinData(true);
        uint256 bond = bondOf(0);
        vm.prank(account(_player), account(_player));
        _market.challenge{value: bond}(_task, data);
        know(_rootId, _player, account(_player), nodes);
        _tournamentIds.push(_rootId);
    }

    function refusedByMarket(bytes4 _error, address _sender, uint256 _valueWei, bytes memory _call) internal {
        vm.prank(_sender);
        (bool success, bytes memory data) = address(_market).call{value: _valueWei}(_call);
        assertFalse(success, "was not refused");
        assertEq(bytes32(bytes4(data)), bytes32(_error), "refused for another reason");
    }

    function status() internal view returns (IInferenceMarket.TaskStatus) {
        return _market.task(_task).status;
    }

    /// @dev Fees, bonds and credits are what the market holds.
    function assertMarketFunds(uint256 _held) internal view {
        uint256 credits = _market.creditWei(_requester) + _market.creditWei(_server);
        for (uint256 i = 0; i < _players.length; ++i) credits += _market.creditWei(account(i));
        assertEq(address(_market).balance, credits + _held, "market funds");
    }
}
