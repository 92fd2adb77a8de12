import pytest

from lucida.engines.depth import DEPTH_ENGINES
from lucida.engines.painter import PICTURE_PAINTERS
from lucida.engines.resource import resource_of

_WITHOUT_A_CARD = {"draft": "cpu", "openai": "io", "flux-pro": "io"}


@pytest.mark.parametrize("name", sorted({*PICTURE_PAINTERS, *DEPTH_ENGINES} - {"auto"}))
def test_a_model_needs_a_card_a_draft_does_not_and_a_provider_is_only_waited_for(name: str) -> None:
    assert resource_of(name) == _WITHOUT_A_CARD.get(name, "gpu")


def test_several_engines_need_the_most_of_what_each_needs() -> None:
    assert resource_of("draft", "draft") == "cpu"
    assert resource_of("openai", "draft") == "cpu"
    assert resource_of("inference") == "io"
    assert resource_of("openai", "midas", "draft") == "gpu"
