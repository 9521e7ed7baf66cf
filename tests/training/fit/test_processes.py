"""Who trains, and what each process draws."""

import itertools

import pytest

from training.fit.processes import Processes, ShareOfDraws


class TestFromEnvironment:
    def test_alone(self) -> None:
        assert Processes.from_environment({}) == Processes(rank=0, size=1, local_size=1)

    def test_started_by_torchrun(self) -> None:
        environ = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2"}
        found = Processes.from_environment(environ)
        assert found == Processes(rank=3, size=4, local_size=2)
        assert not found.is_first

    @pytest.mark.parametrize(
        ("processes", "expected"),
        [
            (Processes(), {"devices": 1}),
            (
                Processes(rank=1, size=4, local_size=2),
                {"devices": 2, "num_nodes": 2, "strategy": "ddp_find_unused_parameters_true"},
            ),
        ],
        ids=["one", "two on each of two machines"],
    )
    def test_tells_the_trainer(self, processes: Processes, expected: dict[str, object]) -> None:
        assert processes.trainer_arguments() == expected


class TestShare:
    def test_is_equal(self) -> None:
        assert Processes(size=4).share(32) == 8

    def test_leaves_no_rest(self) -> None:
        with pytest.raises(ValueError, match="33 cannot be shared equally among 4"):
            Processes(size=4).share(33)


class TestShareOfDraws:
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_all_together_draw_what_one_would_have_drawn(self, size: int) -> None:
        shares = [list(ShareOfDraws(range(12), 12, Processes(rank, size))) for rank in range(size)]
        assert list(itertools.chain.from_iterable(zip(*shares, strict=True))) == list(range(12))

    def test_nobody_draws_more_than_the_others(self) -> None:
        shares = [ShareOfDraws(range(11), 11, Processes(rank, 3)) for rank in range(3)]
        assert [list(share) for share in shares] == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
        assert [len(share) for share in shares] == [3, 3, 3]
