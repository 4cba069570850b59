"""What a record's own codes are called on a page, in English and Chinese.

    label("status", "final", "zh")  ->  "最终结果"

Rule: a word stands here for a code of FHIR's or of ours, never for what a doctor wrote. What has no
word here is shown as the record has it: `label` returns nothing.
Source: HL7 FHIR R4, value sets of status, clinical status, ActCode, observation categories and
interpretations; UCUM's units of time.
"""

from collections.abc import Mapping
from typing import Final, Literal

from primitives.catalogue.entry import Language

Kind = Literal["category", "resource", "class", "status", "interpretation", "fact", "group", "code"]
"""What is named: a heading, a resource type, an encounter's class, a status, what a laboratory made
of a result, a fact of `record_facts`, the kind of an observation, or a plain code of a fact."""


def label(kind: Kind, key: str, language: Language) -> str:
    """Return what a code is called; nothing when it has no name here."""
    words = LABELS[kind].get(key)
    return words[language == "zh"] if words else ""


Words = Mapping[str, tuple[str, str]]
"""English and Chinese by code."""

_CATEGORIES: Final[Words] = {
    "visit": ("Visit", "就诊"),
    "diagnosis": ("Diagnoses", "诊断"),
    "result": ("Results", "检查检验结果"),
    "report": ("Reports", "报告"),
    "medicine": ("Medicines", "用药"),
    "procedure": ("Procedures", "操作与手术"),
    "immunisation": ("Immunisations", "预防接种"),
    "plan": ("Care plans and teams", "照护计划与团队"),
    "document": ("Documents", "文书"),
    "claim": ("Claims", "费用申报"),
    "patient": ("Patient", "患者信息"),
    "provenance": ("Origin", "来源"),
    "other": ("Other entries", "其他内容"),
}
_RESOURCES: Final[Words] = {
    "AllergyIntolerance": ("Allergy or intolerance", "过敏与不耐受"),
    "Appointment": ("Appointment", "预约"),
    "CarePlan": ("Care plan", "照护计划"),
    "CareTeam": ("Care team", "照护团队"),
    "Claim": ("Claim", "费用申报"),
    "Condition": ("Diagnosis", "诊断"),
    "Coverage": ("Insurance coverage", "保险"),
    "Device": ("Device", "器械"),
    "DiagnosticReport": ("Report", "报告"),
    "DocumentReference": ("Document", "文书"),
    "Encounter": ("Visit", "就诊"),
    "ExplanationOfBenefit": ("Settlement of a claim", "报销结算说明"),
    "FamilyMemberHistory": ("Family history", "家族史"),
    "Goal": ("Goal", "目标"),
    "ImagingStudy": ("Imaging study", "影像检查"),
    "Immunization": ("Immunisation", "预防接种"),
    "Location": ("Place", "地点"),
    "Medication": ("Medicine", "药品"),
    "MedicationAdministration": ("Medicine given", "给药"),
    "MedicationDispense": ("Medicine dispensed", "发药"),
    "MedicationRequest": ("Prescription", "处方"),
    "MedicationStatement": ("Medicine taken", "用药情况"),
    "Observation": ("Result", "检查检验结果"),
    "Organization": ("Institution", "机构"),
    "Patient": ("Patient", "患者"),
    "Practitioner": ("Practitioner", "医务人员"),
    "Procedure": ("Procedure", "操作与手术"),
    "Provenance": ("Origin", "来源"),
    "RelatedPerson": ("Related person", "相关人员"),
    "ServiceRequest": ("Order", "申请单"),
    "Specimen": ("Specimen", "标本"),
}
_CLASSES: Final[Words] = {
    "AMB": ("Outpatient", "门诊"),
    "EMER": ("Emergency", "急诊"),
    "IMP": ("Inpatient", "住院"),
    "ACUTE": ("Inpatient, acute", "住院（急性）"),
    "NONAC": ("Inpatient, not acute", "住院（非急性）"),
    "OBSENC": ("Observation", "留院观察"),
    "PRENC": ("Before admission", "入院前"),
    "SS": ("Short stay", "短期留院"),
    "HH": ("Home health", "居家医疗"),
    "VR": ("Remote", "远程诊疗"),
    "FLD": ("In the field", "院外现场"),
}
_STATUSES: Final[Words] = {
    "active": ("Active", "有效"),
    "amended": ("Amended", "已修订"),
    "appended": ("Appended", "已补充"),
    "arrived": ("Arrived", "已到诊"),
    "cancelled": ("Cancelled", "已取消"),
    "completed": ("Completed", "已完成"),
    "corrected": ("Corrected", "已更正"),
    "current": ("Current", "现行"),
    "declined": ("Declined", "已拒绝"),
    "draft": ("Draft", "草稿"),
    "entered-in-error": ("Entered in error", "录入有误"),
    "final": ("Final", "最终结果"),
    "finished": ("Finished", "已结束"),
    "in-progress": ("In progress", "进行中"),
    "inactive": ("Inactive", "已停用"),
    "intended": ("Intended", "拟行"),
    "not-done": ("Not done", "未实施"),
    "not-taken": ("Not taken", "未服用"),
    "on-hold": ("On hold", "暂停"),
    "onleave": ("On leave", "请假离院"),
    "partial": ("Partial", "部分结果"),
    "planned": ("Planned", "已计划"),
    "preliminary": ("Preliminary", "初步结果"),
    "preparation": ("In preparation", "准备中"),
    "proposed": ("Proposed", "拟定"),
    "recurrence": ("Recurrence", "复发"),
    "registered": ("Registered", "已登记"),
    "relapse": ("Relapse", "再发"),
    "remission": ("In remission", "缓解"),
    "resolved": ("Resolved", "已痊愈"),
    "revoked": ("Revoked", "已撤销"),
    "stopped": ("Stopped", "已停止"),
    "superseded": ("Superseded", "已被替代"),
    "suspended": ("Suspended", "已中止"),
    "triaged": ("Triaged", "已分诊"),
    "unknown": ("Unknown", "不详"),
}
_INTERPRETATIONS: Final[Words] = {
    "A": ("Abnormal", "异常"),
    "AA": ("Critically abnormal", "危急异常"),
    "H": ("High", "偏高"),
    "HH": ("Critically high", "危急偏高"),
    "HU": ("Significantly high", "显著偏高"),
    "I": ("Intermediate", "中介"),
    "IND": ("Indeterminate", "无法判定"),
    "L": ("Low", "偏低"),
    "LL": ("Critically low", "危急偏低"),
    "LU": ("Significantly low", "显著偏低"),
    "N": ("Normal", "正常"),
    "ND": ("Not detected", "未检出"),
    "DET": ("Detected", "检出"),
    "NEG": ("Negative", "阴性"),
    "POS": ("Positive", "阳性"),
    "R": ("Resistant", "耐药"),
    "S": ("Susceptible", "敏感"),
}
_FACTS: Final[Words] = {
    "abatement": ("Ended", "缓解时间"),
    "activity": ("Activity", "活动"),
    "amount": ("Amount", "数量"),
    "as_needed": ("As needed", "必要时"),
    "author": ("Author", "作者"),
    "body_site": ("Body site", "部位"),
    "clinical_status": ("Clinical status", "临床状态"),
    "complication": ("Complication", "并发症"),
    "conclusion": ("Conclusion", "结论"),
    "custodian": ("Kept by", "保管机构"),
    "description": ("Description", "说明"),
    "document_status": ("Document status", "文书状态"),
    "dosage": ("Dosage", "用法用量"),
    "dose": ("Dose", "剂量"),
    "dose_number": ("Dose number", "剂次"),
    "end": ("End", "结束时间"),
    "every": ("Every", "间隔"),
    "group": ("Kind", "类别"),
    "intent": ("Intent", "医嘱性质"),
    "interpretation": ("Interpretation", "结果判读"),
    "issued": ("Issued", "签发时间"),
    "lot": ("Lot", "批号"),
    "member": ("Member", "成员"),
    "method": ("Method", "方法"),
    "note": ("Note", "备注"),
    "onset": ("Onset", "起病时间"),
    "outcome": ("Outcome", "结果"),
    "performer": ("Performed by", "执行者"),
    "place": ("Place", "地点"),
    "reason": ("Reason", "原因"),
    "requester": ("Prescribed by", "开具者"),
    "route": ("Route", "给药途径"),
    "severity": ("Severity", "严重程度"),
    "times": ("Times", "次数"),
    "timing": ("Timing", "用药时间"),
    "type": ("Kind of visit", "就诊类型"),
    "use": ("Use", "用途"),
    "verification": ("Verification", "确认状态"),
}
_GROUPS: Final[Words] = {
    "activity": ("Activity", "活动"),
    "exam": ("Examination", "体格检查"),
    "imaging": ("Imaging", "影像"),
    "laboratory": ("Laboratory", "检验"),
    "LAB": ("Laboratory", "检验"),
    "RAD": ("Radiology", "放射"),
    "procedure": ("Procedure", "操作"),
    "social-history": ("Social history", "社会史"),
    "survey": ("Questionnaire", "问卷"),
    "therapy": ("Therapy", "治疗"),
    "vital-signs": ("Vital signs", "生命体征"),
}
_CODES: Final[Words] = {
    "true": ("Yes", "是"),
    "false": ("No", "否"),
    "confirmed": ("Confirmed", "已确诊"),
    "differential": ("Differential", "鉴别诊断"),
    "provisional": ("Provisional", "暂定"),
    "refuted": ("Refuted", "已排除"),
    "unconfirmed": ("Unconfirmed", "未确诊"),
    "order": ("Order", "医嘱"),
    "plan": ("Plan", "计划"),
    "proposal": ("Proposal", "建议"),
    "claim": ("Claim", "申报"),
    "preauthorization": ("Authorisation in advance", "事先核准"),
    "predetermination": ("Estimate in advance", "事先估算"),
    "complete": ("Complete", "已完成"),
    "error": ("Error", "有误"),
    "queued": ("Queued", "排队中"),
    "partial": ("Partial", "部分完成"),
    "institutional": ("Institution's claim", "机构申报"),
    "pharmacy": ("Pharmacy's claim", "药房申报"),
    "professional": ("Practitioner's claim", "医师申报"),
    "s": ("second", "秒"),
    "min": ("minute", "分钟"),
    "h": ("hour", "小时"),
    "d": ("day", "天"),
    "wk": ("week", "周"),
    "mo": ("month", "个月"),
    "a": ("year", "年"),
}
LABELS: Final[Mapping[Kind, Words]] = {
    "category": _CATEGORIES,
    "resource": _RESOURCES,
    "class": _CLASSES,
    "status": _STATUSES,
    "interpretation": _INTERPRETATIONS,
    "fact": _FACTS,
    "group": _GROUPS,
    "code": _CODES,
}
