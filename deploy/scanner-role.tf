# The read-only role that rolehop assumes in this account.

variable "scanner_principal_arn" {
  type        = string
  description = "ARN of the role or user that runs rolehop"
}

variable "external_id" {
  type        = string
  sensitive   = true
  description = "Sent by rolehop with every AssumeRole"
}

variable "role_name" {
  type    = string
  default = "audit-readonly"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.scanner_principal_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    actions = [
      "iam:GetAccountAuthorizationDetails",
      "iam:GetPolicy",
      "iam:GetPolicyVersion",
      "iam:ListRoles",
      "iam:GetAccountSummary",
      "iam:GenerateCredentialReport",
      "iam:GetCredentialReport",
      "iam:ListAccessKeys",
      "iam:GetAccessKeyLastUsed",
      "iam:ListMFADevices",
      "iam:ListVirtualMFADevices",
      "iam:ListOpenIDConnectProviders",
      "iam:GetOpenIDConnectProvider",
      "iam:ListSAMLProviders",
      "iam:GetSAMLProvider",
      "iam:GetAccountPasswordPolicy",
      "iam:ListAccountAliases",
      "iam:GenerateServiceLastAccessedDetails",
      "iam:GetServiceLastAccessedDetails",
      "iam:ListServerCertificates",
      "iam:ListSSHPublicKeys",
      "iam:ListServiceSpecificCredentials",
      "cloudtrail:DescribeTrails",
      "cloudtrail:GetTrailStatus",
      "cloudtrail:GetEventSelectors",
      "cloudtrail:LookupEvents",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "scanner" {
  name                 = var.role_name
  description          = "Read by rolehop"
  max_session_duration = 3600
  assume_role_policy   = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "read" {
  name   = "rolehop-read"
  role   = aws_iam_role.scanner.id
  policy = data.aws_iam_policy_document.read.json
}
