"""That the desk of these tests is what they think it is."""


def test_a_policy_is_written_and_checked(desk):
    desk.write("policy.yaml", "tools: {a: {rules: [{action: deny}]}}\n")
    assert desk.run("validate", "-c", "policy.yaml").stdout == "Policy file is valid.\n"
    desk.write("policy.yaml", "tols: {}\n")
    assert 'unknown key "tols"' in desk.run("validate", "-c", "policy.yaml", status=2).stderr
