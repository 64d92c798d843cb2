"""What campaigns refuse, in words."""

from maitian.core.errors import DomainError


class GoalWrong(DomainError):
    code = "outreach.campaign.goal_wrong"
    zh = "{what}"
    en = "{what_en}"
    field = "goal"


class CampaignNameMissing(DomainError):
    code = "outreach.campaign.name_missing"
    zh = "活动要有名称，最多 40 个字。"
    en = "A campaign needs a name of at most 40 characters."
    field = "name"


class DefinitionWrong(DomainError):
    code = "outreach.campaign.definition_wrong"
    zh = "活动内容里的“{where}”看不懂：{expected}。"
    en = "“{where}” of the campaign cannot be read: {expected_en}."


class CampaignChanged(DomainError):
    code = "outreach.campaign.changed_meanwhile"
    zh = "您打开以后，另一位同事改过这个活动。您填的没有存；请重新打开，看清楚再改。"
    en = "A colleague has changed this campaign since you opened it. What you typed was not stored; open it again and look first."
    status = 409


class CampaignFixed(DomainError):
    code = "outreach.campaign.fixed"
    zh = "活动现在是“{state}”，内容不能改。要改，请复制成新活动；新活动可以不含这个活动里的客户。"
    en = "The campaign is now “{state_en}” and does not change any more. Copy it to a new one, which may leave out who is in this one."
    status = 409


class WrongMove(DomainError):
    code = "outreach.campaign.wrong_move"
    zh = "活动现在是“{state}”，不能{wanted}。请刷新页面看最新情况。"
    en = "The campaign is now “{state_en}”: cannot {wanted_en}. Reload the page to see it."
    status = 409


class NotReady(DomainError):
    code = "outreach.campaign.not_ready"
    zh = "还不能提交：{why}"
    en = "It cannot be handed in yet: {why_en}"


class ReasonMissing(DomainError):
    code = "outreach.campaign.reason_missing"
    zh = "请写退回的理由。"
    en = "Write why it is sent back."
    field = "reason"


class ArmsWrong(DomainError):
    code = "outreach.campaign.arms_wrong"
    zh = "各组的份额要是 1 到 100 的整数，加起来是 100；现在加起来是 {sum}。"
    en = "The shares of the arms are whole numbers from 1 to 100 that add up to 100; they add up to {sum}."
    field = "arms"


class ControlWrong(DomainError):
    code = "outreach.campaign.control_wrong"
    zh = "对照组要占 0 到 50%，写整数。"
    en = "The control group has 0 to 50 per cent, a whole number."
    field = "control"


class BudgetWrong(DomainError):
    code = "outreach.campaign.budget_wrong"
    zh = "预算要写不小于 0 的金额（元），最多两位小数；走短信的活动一定要有预算。"
    en = "The budget is an amount in CNY of zero or more with at most two decimals; a campaign that sends SMS needs one."
    field = "budget"


class DatesWrong(DomainError):
    code = "outreach.campaign.dates_wrong"
    zh = "{what}"
    en = "{what_en}"
    field = "ends_at"


class StepsMissing(DomainError):
    code = "outreach.campaign.steps_missing"
    zh = "还没有一步会发消息。请加一步“发送”。"
    en = "No step sends anything yet. Add a step that sends."
    field = "steps"


class StepsTooMany(DomainError):
    code = "outreach.campaign.steps_too_many"
    zh = "最多 {most} 步。请拆成两个活动。"
    en = "At most {most} steps. Make two campaigns of it."
    field = "steps"


class StepLoop(DomainError):
    code = "outreach.campaign.loop"
    zh = "步骤绕成了圈：{steps}。一位客户不能回到走过的一步，请改“然后”。"
    en = "The steps go in a circle: {steps}. Nobody may come back to a step; change what follows."
    field = "steps"


class StepLost(DomainError):
    code = "outreach.campaign.step_lost"
    zh = "有一步的“然后”指向不存在的一步（{target}）。请重新选。"
    en = "What follows a step is a step that does not exist ({target}). Choose again."
    field = "steps"


class StepUnreached(DomainError):
    code = "outreach.campaign.step_unreached"
    zh = "有 {n} 步没有人走得到。请接上，或删掉。"
    en = "Nobody can come to {n} of the steps. Connect them or take them out."
    field = "steps"


class WaitWrong(DomainError):
    code = "outreach.campaign.wait_wrong"
    zh = "等待写得不对：{what}"
    en = "The wait is wrong: {what_en}"
    field = "wait"


class AskWrong(DomainError):
    code = "outreach.campaign.ask_wrong"
    zh = "分路的问题不对：{what}"
    en = "What the branch asks is wrong: {what_en}"
    field = "ask"


class LinkWrong(DomainError):
    code = "outreach.campaign.link_wrong"
    zh = "消息里的去处不在了，请重新选。"
    en = "What the message leads to is gone; choose again."
    field = "link"


class NobodyToStartWith(DomainError):
    code = "outreach.campaign.nobody"
    zh = "现在没有一位客户符合条件，活动没有开始。请改条件再提交。"
    en = "No client meets the conditions now; the campaign has not begun. Change the conditions and hand it in again."
    status = 409


class StartNotConfirmed(DomainError):
    code = "outreach.campaign.start_not_confirmed"
    zh = "现在符合条件的有 {count} 户。请在框里输入这个数再开始。"
    en = "Now {count} clients meet the conditions. Type this number in the box, then begin."
    field = "count"


class TrialAddressMissing(DomainError):
    code = "outreach.trial.address_missing"
    zh = "您还没有登记收测试消息的{what}。请在“我的账户”里填好再试。"
    en = "You have no {what_en} on record for test messages. Fill it in on your own page first."
    field = "trial"


class TrialTooMany(DomainError):
    code = "outreach.trial.too_many"
    zh = "一小时内最多试发 {most} 条。请过一会儿再试。"
    en = "At most {most} test messages in an hour. Try again later."
    field = "trial"
    status = 429
